"""What tests of collections share: processes that collect, and the internet that they collect from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from collecting import Forks, Watched, forks


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """One process for all tests of a file: each of them makes its own channels."""
    folder = tmp_path_factory.mktemp("internet")
    net = Watched(folder / "ca.pem")
    with net.running(), forks(folder, net) as processes:
        yield processes


@pytest.fixture
def processes(started: Forks) -> Forks:
    """The same, with an internet that has been asked nothing."""
    started.net.begin_again()
    return started
