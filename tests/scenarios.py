#!/usr/bin/env python3
"""Every scenario under scenarios/ holds as it is written, and breaks with what its `fails_with:` names;
its variants can be loaded too.

So no expectation is a decoration: it is seen to hold, and seen to be able to fail.
"""
import concurrent.futures
import os
import sys
import unittest

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402


def has_fails_with(path):
    with open(os.path.join(builds.ROOT, path), encoding='utf-8') as file:
        return 'fails_with' in yaml.safe_load(file)


class Scenarios(unittest.TestCase):
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())


def add(path, name, wanted, command, *arguments):
    """A test that does COMMAND with PATH; all are begun at once and share the processors."""
    run = Scenarios.pool.submit(builds.orrery, builds.reference(), command, path, *arguments)

    def test(self):
        status, out, err = run.result()
        self.assertEqual(status, wanted, f'orrery {command} {path} {" ".join(arguments)}\n{out[-3000:]}{err[-3000:]}')

    setattr(Scenarios, f'test_{name}_{path[len("scenarios/"):-len(".yaml")]}', test)


def main():
    found = builds.scenarios()
    if not found:
        sys.exit('there is no scenario')
    for path in found:
        add(path, 'loads', builds.HOLDS, 'check')
        add(path, 'holds', builds.HOLDS, 'run')
        if has_fails_with(path):
            add(path, 'fails', builds.VIOLATED, 'run', '--fails-with')
    unittest.main()


if __name__ == '__main__':
    main()
