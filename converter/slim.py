"""tensorflowjs' converter without the packages that it imports and that nothing here uses.

`import tensorflowjs` imports its whole command line, and with it decision forests (for TensorFlow 2.19 and Python 3.12
at most) and the conversion of JAX models: half a gigabyte that requirements.txt leaves out. Two placeholders stand in
for them while it is imported. JAX itself has none: Keras looks for it, and would take the placeholder for the real one.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from backend.utils.errors import ConversionError

FORESTS = "tensorflow_decision_forests"
JAX_CONVERSION = "tensorflowjs.converters.jax_conversion"
INSTALL = "pip install --no-deps tensorflowjs==4.22.0 tf-keras==2.21.0 tensorflow-hub==0.16.1 'setuptools<81'"


def import_converter() -> Any:
    """Return tensorflowjs.converters.tf_saved_model_conversion_v2. Raises ConversionError where it is not installed."""
    with _placeholders(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)  # tensorflow-hub's
        try:
            from tensorflowjs.converters import tf_saved_model_conversion_v2
        except ModuleNotFoundError as error:
            raise ConversionError(f"{error.name} is missing, which the conversion needs; run: {INSTALL}") from None
    return tf_saved_model_conversion_v2


@contextlib.contextmanager
def _placeholders() -> Iterator[None]:
    jax_conversion = ModuleType(JAX_CONVERSION)
    jax_conversion.convert_jax = None  # type: ignore[attr-defined]  # all that is asked of it
    stand_ins = {FORESTS: ModuleType(FORESTS), JAX_CONVERSION: jax_conversion}
    absent = {name: module for name, module in stand_ins.items() if name not in sys.modules}
    sys.modules.update(absent)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
