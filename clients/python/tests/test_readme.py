"""The README's programs are run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from conftest import PATIENCE


def test_the_readme_tells_the_truth() -> None:
    readme = Path(__file__).parent.parent / "README.md"
    worker, user = re.findall(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)
    working = subprocess.Popen([sys.executable, "-c", worker])
    try:
        # The kind is not known before the worker has said so, and the program is not made for that.
        again = f"import time\nfrom metier import Problem\nfor _ in range({PATIENCE:.0f}):\n try:\n  exec({user!r})\n  break\n"
        again += " except Problem as problem:\n  assert problem.code == 'unknown_kind'\n  time.sleep(1)"
        said = subprocess.run([sys.executable, "-c", again], capture_output=True, text=True, timeout=PATIENCE)
        assert said.stdout == "{'words': 6}\nsucceeded [(0, {'words': 1}), (1, {'words': 2})]\n", said
    finally:
        working.terminate()
        assert working.wait(PATIENCE) == 0
