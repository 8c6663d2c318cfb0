"""What is kept of a training that a kill interrupts: its finished folds, and the place of its run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from backend.models.head import Fitted
from backend.models.run import DESCRIPTION, FILES, FINISHED, IDENTITY
from backend.utils.errors import RunError
from backend.utils.files import pack_arrays, unpack_arrays, write_whole
from backend.utils.output_dir import check_replaceable, lock_output_dir
from backend.utils.reading import DAMAGED

BESIDE = ("reference", "near", "random")  # arrays of Fitted beside the head
MADE = "made-"  # begins the names of finished files, beside the folds
SCHEMA = 2  # of what is kept; 1: folds may have other thresholds, and say nothing of their schema


class Checkpoint:
    """The place of a run (`backend.utils.output_dir`), and in it the finished folds, kept through a kill."""

    def __init__(self, out: Path, force: bool = False) -> None:
        self.out, self.force = out, force

    @contextmanager
    def open(self) -> Iterator[Checkpoint]:
        """Hold the place for this process alone. Raises RunError where another training holds it, or it is taken."""
        check = partial(check_replaceable, self.out, self.force, RunError, "run", DESCRIPTION, FILES.__contains__)
        with lock_output_dir(self.out, RunError, "training", check=check) as self._output:
            self.folder = self._output.hidden
            yield self

    @contextmanager
    def training(self, identity: Mapping[str, Any]) -> Iterator[None]:
        """Take up the finished folds of a training with the same identity; of another one, none.

        Raises RunError where another version of Thumbprint left folds here: they are no part of a run of this one.
        """
        identity = {**identity, "schema": SCHEMA}
        path, mine = self.folder / IDENTITY, json.dumps(identity, sort_keys=True).encode()
        self._check_version(path, identity)
        try:
            if not path.is_file() or path.read_bytes() != mine:
                self._forget()
                write_whole(path, mine)
            yield
        finally:
            if not any(self.folder.glob(FINISHED)):
                path.unlink(missing_ok=True)

    def _check_version(self, path: Path, identity: Mapping[str, Any]) -> None:
        try:
            stored = json.loads(path.read_bytes())
            same = all(dict(stored).get(name) == identity.get(name) for name in ("version", "schema"))
        except DAMAGED:
            return  # there is none, or not a whole one
        if not same and any(self.folder.glob(FINISHED)):
            raise RunError(
                f"{self.folder}: an unfinished training of another version of Thumbprint; delete this folder to train "
                "anew, or finish it with that version"
            )

    def _forget(self) -> None:
        for kind in (FINISHED, f"{MADE}*", ".*"):  # the last, of a killed one, are half a file
            for path in self.folder.glob(kind):
                path.unlink()

    def resume_or_fit(self, name: str, fit: Callable[[], Fitted], prefix: str = "") -> Fitted:
        """Return a finished fold from disk, or fit it and keep it; prefix: of its name, for further folds."""
        path = self.folder / f"fold-{prefix}{name}.npz"
        if path.is_file():
            try:
                head = unpack_arrays(path.read_bytes())
                history, beside = json.loads(str(head.pop("history"))), [head.pop(name) for name in BESIDE]
                return Fitted(head, history, *beside)
            except DAMAGED:
                path.unlink()  # damaged: fit it again
        fitted = fit()
        history = np.array(json.dumps(fitted.history))
        arrays = {name: getattr(fitted, name) for name in BESIDE}
        write_whole(path, pack_arrays({**fitted.head, "history": history, **arrays}))
        return fitted

    def resume_or_make(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return a finished file of the run from disk, or make it and keep it."""
        path = self.folder / f"{MADE}{name}"
        if not path.is_file():
            write_whole(path, make())
        return path.read_bytes()

    def draft(self, files: Mapping[str, bytes]) -> Path:
        """Write files where the run is built, which is not its place yet; returns that folder."""
        fresh = self._output.new_folder()
        for name, content in files.items():
            write_whole(fresh / name, content)
        return fresh

    def publish(self, files: Mapping[str, bytes]) -> None:
        """Write the run's files and put them in place in one step. The old run stays until the new one is whole."""
        self.draft(files)
        self._output.publish()
        self._forget()
