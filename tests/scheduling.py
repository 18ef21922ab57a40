"""Which worker runs which test: by groups as xdist does it, at a cost that does not grow with what is done."""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController


class Forgetful(LoadGroupScheduling):
    """xdist counts after each test what its worker has left, among all that the worker ever got. Of nine thousand tests
    that takes as long as a hundred of them; so what is done is dropped here."""

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        nodeid = self.registered_collections[node][item_index]
        scope, units = self._split_scope(nodeid), self.assigned_work[node]
        units[scope][nodeid] = True
        if all(units[scope].values()):
            del units[scope]
        self._reschedule(node)
