"""SimPy: a process for the source and for each pipeline, and a timeout for each delivery."""

import simpy

import models
import w0
from models import END, START


def source(env, simulation):
    """Makes events, and sends their deliveries on their way."""
    deliver = simulation.deliver

    def arrive(delivery):
        event, first = delivery.value
        deliver(env.now, event, first)

    for event, arrival, again in models.events():
        yield env.timeout(event - env.now)
        simulation.happen(event)
        env.timeout(arrival - event, (event, None)).callbacks.append(arrive)
        if again is not None:
            env.timeout(again - event, (event, arrival)).callbacks.append(arrive)


def batch(env, model):
    while True:
        yield env.timeout(max(model.due() - env.now, 0))
        yield env.timeout(model.start(env.now) - env.now)
        model.finish(env.now)


def micro_batch(env, model):
    yield env.timeout(w0.multiple_from(START, w0.TRIGGER) - env.now)
    while True:
        yield env.timeout(model.trigger(env.now) - env.now)


def probes(env, simulation):
    for instant in models.probes():
        yield env.timeout(instant - env.now)
        simulation.probe(env.now)


def main():
    env = simpy.Environment(initial_time=START)
    simulation = models.Models()
    env.process(source(env, simulation))
    for model in simulation.batches:
        env.process(batch(env, model))
    env.process(micro_batch(env, simulation.micro_batch))
    env.process(probes(env, simulation))
    env.run(until=END)
    simulation.tell()


main()
