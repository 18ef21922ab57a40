"""Routes that FastAPI works out when they are first asked, or when the OpenAPI document is.

It takes about a millisecond for each: its signature, what it depends on, models and what checks them. The API has some
sixty, and most programs are asked for a few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import compile_path


class LazyRouter(APIRouter):
    """A router of such routes; it takes what a router takes."""

    def __init__(self, **given: Any) -> None:
        super().__init__(route_class=LazyRoute, **given)


class LazyRoute(APIRoute):
    """Until it is worked out it has what an address is compared with. What is wrong with its function, FastAPI says
    only then: the tests ask for the document of all, and for each page of the console."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str] | None = None,
        include_in_schema: bool = True,
        **more: Any,
    ) -> None:
        self._given = (path, endpoint, {"methods": methods, "include_in_schema": include_in_schema, **more})
        self._is_whole = False
        self.path, self.endpoint, self.include_in_schema = path, endpoint, include_in_schema
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in methods or ("GET",)}

    def __getattr__(self, name: str) -> Any:
        """What it does not have yet: all is worked out."""
        if name.startswith("__") or self._is_whole:
            raise AttributeError(name, name=name, obj=self)
        self._is_whole = True
        path, endpoint, more = self._given
        super().__init__(path, endpoint, **more)
        return getattr(self, name)
