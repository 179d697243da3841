"""Where a process spends its processor time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.sampling import Profile, profile

_MEBIBYTE = 1 << 20


def _busy(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def _hard() -> None:
    _busy(0.3)


def _easy() -> None:
    _busy(0.1)


def test_shares_are_of_functions_in_all_threads():
    """A function that spends three times as much has about three times the share."""

    def work() -> None:
        other = threading.Thread(target=_hard)
        other.start()
        _easy()
        other.join()

    found = profile(work, "no_such_package")
    spent = {name.rpartition(":")[2]: seconds for name, seconds in found.spent.items()}
    assert spent["_busy"] > 0.3
    assert sum(spent.values()) <= found.seconds * 1.05
    assert found.seconds < 0.6


def test_a_function_of_the_package_stands_for_what_it_calls():
    """The innermost function of the package has the time of other modules' functions that it calls."""
    found = profile(_hard, __name__.partition(".")[0])
    assert sum(found.spent.values()) > 0.25


def test_waiting_is_not_work():
    """Time that passes without processor time belongs to nobody."""
    found = profile(lambda: time.sleep(0.2), "no_such_package")
    assert found.seconds < 0.1


def test_a_thread_that_waits_has_worked_before():
    """What a worker has spent is not that of the place where it waits for more."""

    def work() -> None:
        with ThreadPoolExecutor(1) as pool:
            for _ in range(100):
                pool.submit(_busy, 0.001).result()
                time.sleep(0.003)

    found = profile(work, "no_such_package")
    waiting = [spent for name, spent in found.spent.items() if "_worker" in name]
    assert sum(waiting) < 0.2 * found.seconds


def _filled() -> int:
    block = bytearray(b"1") * (8 * _MEBIBYTE)
    _busy(0.005)
    return len(block)


def test_arrays_are_not_kept():
    """The sampler keeps nothing of a function that has returned."""
    found = profile(lambda: [_filled() for _ in range(50)], "no_such_package")
    assert found.largest - found.before < 60 * _MEBIBYTE


def test_the_sentence_states_shares_by_module_with_their_functions():
    """The largest comes first; what is small is summed up."""
    spent = {
        "tables.reading:Table._batches": 0.5,
        "tables.reading:_counted": 0.2,
        "tables.reading:_small": 0.02,
        "Arrow's own threads": 0.9,
        "files:replacing": 0.03,
    }
    assert Profile(2.0, spent).time_in_words() == (
        "of 2 s of processor time: Arrow's own threads 45%, `tables.reading`"
        " (`Table._batches`, `_counted`) 36%, all else 19%."
    )


def test_the_sentence_about_memory_names_the_function():
    """The memory before the work is that of Python and the libraries."""
    found = Profile(1.0, {}, 136_000_000, 215_400_000, "tables.writing:TableWriter.write")
    assert found.memory_in_words() == (
        "136 MB before the work begins; the most, 215 MB, in `tables.writing.TableWriter.write`."
    )
