"""QR codes as inline pictures: black on white whatever the theme, for cameras read no other as well."""

import io


def qr_code(text: str) -> str:
    """Return a QR code of a text as SVG, to stand in a page."""
    import segno  # noqa: PLC0415 - needed on three pages

    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn,
        kind="svg",
        xmldecl=False,
        svgns=False,
        omitsize=True,
        dark="#000",
        light="#fff",
        svgclass="qr",
        lineclass=None,
    )
    return drawn.getvalue().decode()
