#!/usr/bin/env python3
"""A run is a function of (scenario, seed): the same bits from every compiler and level, with and without a trace,
in any surroundings, and the same as last time (tests/golden/digests.txt).

tools/test compares the reference with gcc -O0 and clang -O2; with --all also with gcc -O3 -march=native, clang's
sanitizers and a processor without fused multiply-add. tools/matrix does it for more seeds.
"""
import concurrent.futures
import filecmp
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402

GOLDEN = os.path.join(builds.ROOT, 'tests', 'golden', 'digests.txt')
SEEDS = range(1, int(os.environ.get('ORRERY_SEEDS', '3')) + 1)
ALL = 'ORRERY_TEST_ALL' in os.environ
UPDATE = 'ORRERY_UPDATE_GOLDEN' in os.environ
SCENARIOS = builds.scenarios()


def at_once(function, cases):
    """{case: function(*case)}, as many at a time as there are processors."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(cases, pool.map(lambda case: function(*case), cases)))


def digests(command, environment=None):
    return at_once(lambda scenario, seed: builds.digest(command, scenario, seed, environment=environment),
                   [(scenario, seed) for scenario in SCENARIOS for seed in SEEDS])


class Determinism(unittest.TestCase):
    maxDiff = None
    expected = {}

    @classmethod
    def setUpClass(cls):
        cls.expected = digests(builds.reference())

    def compare(self, name):
        if not builds.available(name):
            self.skipTest(f'{builds.BUILDS[name][0]} is not installed (tools/test --all installs it)')
        self.assertEqual(digests(builds.build(name), builds.BUILDS[name][2]), self.expected)

    def test_the_seed_matters(self):
        self.assertTrue(SCENARIOS, 'there is no scenario')
        differing = [s for s in SCENARIOS if len({self.expected[s, seed] for seed in SEEDS}) == len(SEEDS)]
        self.assertGreater(len(differing), len(SCENARIOS) // 2, f'seeds matter only in {differing}')

    def test_gcc_without_optimisation(self):
        self.compare('gcc-O0')

    def test_clang(self):
        self.compare('clang-O2')

    @unittest.skipUnless(ALL, 'only with --all')
    def test_gcc_for_this_processor(self):
        self.compare('gcc-O3-native')

    @unittest.skipUnless(ALL, 'only with --all')
    def test_clang_with_sanitizers(self):
        self.compare('clang-sanitized')

    @unittest.skipUnless(ALL, 'only with --all')
    def test_a_processor_without_fused_multiply_add(self):
        self.assertEqual(digests(builds.reference(), builds.WITHOUT_FMA), self.expected)

    def test_a_trace_changes_nothing_and_is_the_same_twice(self):
        elsewhere = {'LC_ALL': 'de_DE.UTF-8', 'TZ': 'Asia/Kathmandu', 'HOME': '/nowhere', 'COLUMNS': '20',
                     'ORRERY_COMMAND': 'another', 'MALLOC_PERTURB_': '165'}

        def twice(scenario):
            with tempfile.TemporaryDirectory() as folder:
                one, two = os.path.join(folder, 'one.jsonl'), os.path.join(folder, 'two.jsonl')
                first = builds.digest(builds.reference(), scenario, 1, '--trace', one)
                second = builds.digest(builds.reference(), scenario, 1, '--trace', two,
                                       environment=elsewhere, cwd=folder)
                return first, second, os.path.getsize(one) > 0 and filecmp.cmp(one, two, shallow=False)

        for (scenario,), (first, second, same) in at_once(twice, [(s,) for s in SCENARIOS]).items():
            with self.subTest(scenario):
                self.assertEqual(first, self.expected[scenario, 1], 'the trace changed the run')
                self.assertEqual(second, first)
                self.assertTrue(same, 'the traces of two runs differ')

    def test_digests_are_those_of_last_time(self):
        text = ''.join(f'{scenario} {seed} {digest}\n' for (scenario, seed), digest in sorted(self.expected.items())
                       if seed <= 3)
        if UPDATE:
            os.makedirs(os.path.dirname(GOLDEN), exist_ok=True)
            with open(GOLDEN, 'w', encoding='utf-8') as file:
                file.write(text)
        with open(GOLDEN, encoding='utf-8') as file:
            self.assertEqual(file.read().splitlines(), text.splitlines(),
                             'digests changed: can you say why? Then tools/test --update-golden determinism')


if __name__ == '__main__':
    unittest.main()
