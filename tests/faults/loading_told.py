"""For a fork of the process that has loaded the program (`preloaded.py`): prints what loading it changed, as JSON."""

import json

from tests.faults import loading

if __name__ == "__main__":
    print(json.dumps(loading.told()))
