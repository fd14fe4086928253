"""Texts that would run, lead away or load something if any page took them for more than text."""

E = "https://evil.example/"
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "</script><script>alert(1)</script>",
    "</title></textarea></select><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    '" autofocus onfocus="alert(1)',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    f'<a href="{E}">here</a>',
    '<a href="javascript:alert(1)">here</a>',
    f"<a href='{E}' target='_blank' style='color:red'>here</a>",
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "javascript:alert(1)",
    "JaVa\tScRiPt:alert(1)//",
    E,
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "<iframe src=javascript:alert(1)></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    f"<object data={E}></object><embed src={E}>",
    f"<base href={E}>",
    f'<meta http-equiv=refresh content="0;url={E}">',
    f"<link rel=stylesheet href={E}x.css>",
    f"<style>*{{background:url({E})}}</style>",
    f"<form action={E}><input name=x autofocus></form>",
    "<math><a xlink:href=javascript:alert(1)>x</a></math>",
    r"$\href{javascript:alert(1)}{x}$",
    "$$\\unicode{<img src=x onerror=alert(1)>}$$",
    "q{{7*7}}q q${7*7}q q#{7*7}q q<%=7*7%>q",
    "q{% print(7*7) %}q {{config}}",
    "%(x)s %s %d {0} %{x} %{customdata[0]}<extra></extra>",
    "x:expression(alert(1));}body{display:none",
    "\u2028alert(1)\u2029//",
    "<!-- --><![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#60;img src=x onerror=alert(1)&#62;",
    r"\x3cscript\x3ealert(1)\u003cscript\u003e",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<i/onclick=alert(1)>",
)

LOOK = """() => {
  const bad = [], away = /evil\\.example|^\\s*(javascript|data|vbscript):/i;
  for (const el of document.querySelectorAll('*')) {
    for (const at of el.attributes) {
      if (/^on/i.test(at.name)) bad.push('handler ' + el.tagName + ' ' + at.name);
      if (/(^|:)(href|src|action|formaction|data|srcdoc|content)$/i.test(at.name)
          && away.test(at.value) && !(el.tagName === 'LINK' && at.value === 'data:,'))
        bad.push('leads away: ' + el.tagName + ' ' + at.name + '=' + at.value);
    }
    if (/^(iframe|object|embed|base|math|foreignobject)$/i.test(el.tagName)) bad.push('element ' + el.tagName);
    if (/^script$/i.test(el.tagName) && el.type !== 'application/json' && !/^\\/static\\//.test(el.getAttribute('src')))
      bad.push('script ' + el.outerHTML.slice(0, 80));
    if (/^style$/i.test(el.tagName) && /evil/.test(el.textContent)) bad.push('style');
    if (/^a$/i.test(el.tagName) && el.closest('svg')) bad.push('link in a drawing');
  }
  if (document.body.innerText.includes('q49q')) bad.push('a template was worked out');
  return bad;
}"""
"""What a page must not hold after the payloads were put in: looked for in the HTML and in every SVG."""
