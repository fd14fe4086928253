"""The routed functions of the web, found in the source by their decorators."""

import ast

from tests.house.source import body_lines, functions, named, python_files


def _routed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(mark, ast.Call)
        and isinstance(mark.func, ast.Attribute)
        and mark.func.attr in {"route", "get", "post", "put", "delete"}
        for mark in function.decorator_list
    )


def view_functions() -> dict[str, int]:
    """Return the body length of every routed function."""
    return {
        f"{named(path)}:{function.name}": body_lines(function)
        for path in python_files("outcomes/web")
        for function in functions(path)
        if _routed(function)
    }
