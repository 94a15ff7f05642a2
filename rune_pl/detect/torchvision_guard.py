"""Lets ultralytics load beside a torchvision whose compiled operators do not fit the torch that is installed.

ultralytics imports torchvision, and for oriented boxes calls nothing of it. A CPU build of torch with a torchvision
built for another one fails on that import ("operator torchvision::nms does not exist"). Where torchvision works, this
does nothing; where it does not, a module without anything in it stands in its place.
"""

from __future__ import annotations

import importlib.machinery
import sys
import types


def guard_torchvision() -> bool:
    """True where a stand-in was put in the place of a torchvision that does not load."""
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError, OSError):
        pass
    else:
        return False
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    package = types.ModuleType("torchvision")
    package.__spec__ = importlib.machinery.ModuleSpec("torchvision", None)
    package.__dict__.update(__version__="0", __path__=[], ops=types.ModuleType("torchvision.ops"))
    sys.modules.update({"torchvision": package, "torchvision.ops": package.__dict__["ops"]})
    return True
