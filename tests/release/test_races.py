"""Tests of a killed release, and of two releases at the same time."""

import threading

from tests.release.servers import Fault, die

TAGGED = r"/manifests/0\.1\.0$"


def test_an_answer_that_is_lost_does_not_upload_twice(world):
    """An upload whose answer was lost is detected by the next try, and not repeated."""

    def lose_answer(handler):
        handler.close_connection = True
        handler.answer = lambda *_: None
        return True

    world.index.faults.append(Fault("POST", "/", lose_answer))
    done = world.run(world.build())
    assert done.returncode == 0, done.stdout
    assert len(world.index.writes()) == 1


def test_killed_between_the_publications_it_carries_on(world):
    """After a kill between image and wheel, the same command publishes the rest, once."""
    built = world.build()

    def kill(handler):
        process.kill()
        process.wait()
        return die(handler)

    world.index.faults.append(Fault("POST", "/", kill))
    process = world.start(built)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert world.digest("0.1.0") == built.digest
    assert world.digest("latest") is None
    assert not world.wheels()
    before = len(world.registry.writes())
    again = world.run(built)
    assert again.returncode == 0, again.stdout
    after = world.registry.writes()[before:]
    assert [line.rpartition("/")[2] for line in after] == ["0.1", "latest"]
    assert len(world.wheels()) == 1


def meet(parties):
    """Hold requests back until this many of them have arrived."""
    barrier = threading.Barrier(parties, timeout=20)

    def act(handler):
        barrier.wait()
        return True

    return act


def test_two_releases_at_once_of_other_content(world):
    """If two releases write a free tag at the same moment, one wins and the other stops."""
    first, second = world.build(), world.build(text="two")
    world.registry.faults.append(Fault("PUT", TAGGED, meet(2), 2))
    processes = [world.start(first), world.start(second)]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    codes = [process.returncode for process in processes]
    assert sorted(codes) == [0, 1], outputs
    winner = (first, second)[codes.index(0)]
    assert "at the same time" in outputs[codes.index(1)], outputs
    assert world.digest("0.1.0") == world.digest("latest") == winner.digest
    wheel = world.folder / "packages" / "kfp_component_lib-0.1.0-py3-none-any.whl"
    assert wheel.read_bytes() == next(winner.dist.glob("*.whl")).read_bytes()


def test_two_releases_at_once_of_the_same_content(world):
    """Two releases of the same content both succeed, and everything exists once."""
    built = world.build()
    world.registry.faults.append(Fault("PUT", TAGGED, meet(2), 2))
    world.index.faults.append(Fault("POST", "/", meet(2), 2))
    processes = [world.start(built), world.start(built)]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert world.digest("latest") == built.digest
    assert len(world.wheels()) == 1
