#!/usr/bin/env python3
"""Expectations that speak of many seeds: held against what each seed says by itself."""
import json
import os
import sqlite3
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
from command import BASE, Case  # noqa: E402

SHARE = 'availability: {clients: app, at_least: 90%}'
TIMES = 'latency: {clients: app, p50: 10ms, p99: 150ms}'
LINEAR = 'linearizable: {clients: app}'
SEEDS = range(1, 41)


class Over(Case):
    def expect(self, *expectations):
        lines = ''.join(f'  - {{{one}}}\n' for one in expectations)
        self.write('over.yaml', BASE.split('expect:')[0] + 'expect:\n' + lines)

    def verdicts(self, *arguments, status=None):
        code, out, err = self.orrery('run', 'over.yaml', '--json', *arguments)
        if status is not None:
            self.assertEqual((code, err), (status, ''))
        return json.loads(out)['verdicts']

    def judge(self, expectation, over, *arguments, status=None):
        self.expect(f'{expectation}, over: {{seeds: {SEEDS[0]}..{SEEDS[-1]}, {over}}}')
        return self.verdicts(*arguments, status=status)[0]

    def alone(self, expectation):
        """The verdict of each seed."""
        self.expect(expectation)
        return [self.verdicts('--seed', str(seed))[0]['status'] for seed in SEEDS]


class Counts(Over):
    def test_it_counts_what_each_seed_says(self):
        alone = self.alone(SHARE)
        holds, broken = alone.count('holds'), alone.count('violated')
        self.assertTrue(0 < holds < len(SEEDS))
        found = self.judge(SHARE, 'holds: all', status=builds.VIOLATED)
        self.assertEqual(found['status'], 'violated')
        self.assertEqual((found['over']['holds'], found['over']['violated']), (holds, broken))
        low, high = found['over']['holds_interval']
        self.assertTrue(0 < low < holds / len(SEEDS) < high < 1)
        first = SEEDS[alone.index('violated')]
        self.assertIn(f'; seed {first}: ', found['text'])
        self.assertEqual(self.judge(SHARE, 'holds: any', status=builds.HOLDS)['status'], 'holds')
        exact = f'{100 * holds / len(SEEDS)}%'
        for bounds, status in ((f'at_least: {exact}', 'holds'), (f'at_most: {exact}', 'holds'),
                               (f'at_least: {exact}, at_most: {exact}', 'holds'),
                               ('at_least: 99%', 'violated'), ('at_most: 1%', 'violated')):
            self.assertEqual(self.judge(SHARE, bounds)['status'], status, bounds)

    def test_all_and_none(self):
        self.assertEqual(self.judge(LINEAR, 'holds: all', status=builds.HOLDS)['status'], 'holds')
        never = 'availability: {clients: app, at_least: 100%, at_most: 100%, during: crash}'
        self.assertEqual(self.judge(never, 'holds: any', status=builds.HOLDS)['status'], 'holds')
        none = 'availability: {clients: app, at_least: 0%, at_most: 1%}'
        found = self.judge(none, 'holds: any', status=builds.VIOLATED)
        self.assertEqual((found['status'], found['over']['holds']), ('violated', 0))

    def test_what_is_undecided_is_no_proof(self):
        for over in 'holds: all', 'holds: any', 'at_least: 50%', 'statistic: mean':
            found = self.judge(SHARE, over, '--set', 'nodes.app.rate=1/d', status=builds.UNDECIDED)
            self.assertEqual((found['status'], found['over']['undecided']), ('undecided', len(SEEDS)))

    def test_its_line_shows_a_seed_that_violates_it(self):
        self.judge(SHARE, 'holds: all')
        _, out, _ = self.orrery('run', 'over.yaml')
        line = out.split('again with\n')[1].splitlines()[0].strip()
        status, out, _ = self.shell(line.replace('orrery', '"$ORRERY"', 1))
        self.assertEqual(status, builds.VIOLATED)
        self.assertNotIn('of 40 seeds', out)

    def test_the_last_line_repeats_it(self):
        self.judge(SHARE, 'at_least: 10%')
        told = self.orrery('run', 'over.yaml')
        line = told[1].split('repeat  ')[1].splitlines()[0]
        self.assertEqual(self.shell(line.replace('orrery', '"$ORRERY"', 1)), told)


class Statistics(Over):
    def test_they_are_those_of_the_seeds(self):
        swept = json.loads(self.orrery('sweep', 'base.yaml', '--seeds', '1..40', '--json')[1])
        figures = {one['name']: one for one in self.judge(TIMES, 'statistic: p90')['over']['figures']}
        metrics = {row['metric']: row for row in swept['metrics']}
        for name in 'p50', 'p99':
            for here, there in ('min', 'min'), ('p5', 'p5'), ('p50', 'median'), ('p95', 'p95'), ('max', 'max'):
                self.assertEqual(figures[name][here], metrics[name][there], (name, here))

    def test_a_bound_is_held_against_the_statistic(self):
        at = {one['name']: one for one in self.judge(TIMES, 'statistic: p90')['over']['figures']}['p99']
        self.assertLess(at['p50'], at['max'])
        for statistic in 'mean', 'min', 'p50', 'p90', 'p999', 'max':
            for more, status in ((0, 'holds'), (-1, 'violated')):
                expectation = f'latency: {{clients: app, p99: {at[statistic] + more}ns}}'
                if statistic == 'mean':  # which is cut off
                    expectation = f'latency: {{clients: app, p99: {at[statistic] + 2 * more}ns}}'
                self.assertEqual(self.judge(expectation, f'statistic: {statistic}')['status'], status, statistic)

    def test_what_never_comes_about_is_longest(self):
        never = ('--set', 'faults=[{at: 1s, crash: store, label: crash, for: 1s}, {at: 2s, kill: store}]')
        found = self.judge('recovers: {clients: app, after: crash, within: 500ms}', 'statistic: p50', *never)
        self.assertEqual((found['status'], found['over']['figures'][0]['p50']), ('violated', None))


class Published(Over):
    def match(self, points):
        found = self.judge('latency: {clients: app, p99: 1s}', f'matches: {{{points}}}')
        return found, {match['statistic']: match for match in found['over']['matches']}

    def test_percentiles_are_compared(self):
        found, matches = self.match('tolerance: 1%, p50: 1ms, max: 900ms')
        self.assertEqual(found['status'], 'violated')
        here = matches['p50']['here']
        found, matches = self.match(f'source: "x, 1999", tolerance: 1%, p50: {here}ns')
        self.assertEqual((found['status'], matches['p50']['good']), ('holds', True))
        off = here + here // 10
        for tolerance, status in ('5%', 'violated'), ('10%', 'holds'):
            found, _ = self.match(f'tolerance: 0.1%, p50: {{is: {off}ns, tolerance: {tolerance}}}, min: '
                                  f'{found["over"]["figures"][0]["min"]}ns')
            self.assertEqual(found['status'], status)

    def test_both_stand_side_by_side(self):
        self.match('source: "x, 1999", tolerance: 1%, p50: 50ms, max: 800ms')
        _, out, _ = self.orrery('run', 'over.yaml')
        lines = out.splitlines()
        heading = next(i for i, line in enumerate(lines) if 'here +' in line and 'theirs o' in line)
        for line, name, theirs in ((lines[heading + 1], 'p50', '50.0ms'), (lines[heading + 2], 'max', '800ms')):
            self.assertEqual((line.split()[0], line.split()[2]), (name, theirs))
            self.assertRegex(line, r' ! *[|]')
            self.assertEqual(len(line), len(lines[heading + 2]))
            self.assertIn('o', line.split('|')[1])
            self.assertIn('+', line.split('|')[1])
        self.assertIn('theirs: x, 1999', out)
        self.assertTrue(all(len(line) <= 80 for line in lines))


class Whole(Over):
    def setUp(self):
        super().setUp()
        self.expect('invariants: {}', f'{SHARE}, over: {{seeds: 1..40, statistic: mean}}',
                    f'{LINEAR}, over: {{seeds: 3..9}}', f'{SHARE}, over: {{seeds: 100..110, holds: any}}')

    def test_workers_do_not_show(self):
        told = self.orrery('run', 'over.yaml', '-j1')
        for jobs in '2', '7':
            self.assertEqual(self.orrery('run', 'over.yaml', '-j', jobs), told)

    def test_a_seed_is_alone(self):
        for over in self.verdicts('--seed', '5'):
            self.assertIsNone(over['over'])
        self.assertEqual([over['over'] is not None for over in self.verdicts()], [False, True, True, True])
        self.assertEqual([over['over'] for over in self.verdicts('--until', '1s')], [None] * 4)

    def test_what_is_printed_asks_for_the_same(self):
        told = self.verdicts()
        self.write('over.yaml', self.orrery('run', 'over.yaml', '--print-effective')[1])
        again = self.verdicts()
        self.assertEqual([v['over'] for v in again], [v['over'] for v in told])

    def test_an_invariant_that_is_broken_is_told(self):
        bug = ('--set', 'nodes.store.bugs=[vote_not_persisted]', '--set',
               'faults=[{every: {exponential: 100ms}, between: [100ms, 2900ms], crash: {of: store, pick: 1}, '
               'for: 1ms..5ms}]', '--set', 'network.latency=1ms..60ms', '--set', 'nodes.store.pre_vote=false')
        self.expect(f'{SHARE.replace("90%", "1%")}, over: {{seeds: 1..200, holds: any}}')
        status, out, _ = self.orrery('run', 'over.yaml', *bug)
        self.assertEqual(status, builds.VIOLATED)
        self.assertIn(' seeds that `over:` asks', out)


class Sweeps(Whole):
    def test_its_seeds_take_their_place(self):
        code, out, _ = self.orrery('sweep', 'over.yaml', '--seeds', '1..40', '--json')
        swept = json.loads(out)
        self.assertEqual(code, builds.HOLDS)
        mine, run = swept['verdicts'][1], self.verdicts()[1]
        self.assertEqual((mine['over'], mine['status'], mine['text']), (run['over'], run['status'], run['text']))
        self.assertEqual(swept['failures'], [])
        self.assertNotIn('over', swept['verdicts'][0])
        self.assertEqual({one['exit'] for one in swept['runs']}, {builds.HOLDS})
        self.assertEqual((swept['verdicts'][2]['over']['seeds'], swept['verdicts'][3]['over']['last']), (40, 40))

    def test_one_that_is_missed_is_the_sweep_s(self):
        self.expect(f'{SHARE.replace("90%", "99.9%")}, over: {{seeds: 1..9, statistic: mean}}')
        status, out, _ = self.orrery('sweep', 'over.yaml', '--seeds', '1..20', '--junit', 'j.xml')
        self.assertEqual(status, builds.VIOLATED)
        self.assertIn('no seed fails', out)
        root = xml.etree.ElementTree.fromstring(self.read('j.xml'))
        self.assertEqual((root.get('tests'), root.get('failures')), ('1', '1'))
        self.assertEqual([case.get('name') for case in root.iter('testcase')], ['availability[seeds=1..20]'])
        self.assertEqual(self.orrery('sweep', 'over.yaml', '--seeds', '1..20', '--until-failure', '--json')[1].count(
            '"end":"whole"'), 1)

    def test_a_database_tells_the_same(self):
        if 'built without SQLite' in self.orrery('sweep', 'over.yaml', '--seeds', '1', '--db', 'try.db')[2]:
            self.skipTest('built without SQLite')
        for form in (), ('--json',):
            told = self.orrery('sweep', 'over.yaml', '--seeds', '1..20', *form)
            self.assertEqual(self.orrery('sweep', 'over.yaml', '--seeds', '1..20', '--db', 'a.db', *form), told)
            self.assertEqual(self.orrery('sweep', '--db', 'a.db', '--summary', *form), told)
        for shard in '1', '2':
            self.orrery('sweep', 'over.yaml', '--seeds', '1..20', '--shard', f'{shard}/2', '--db', f's{shard}.db')
        self.orrery('merge', 's1.db', 's2.db', '-o', 'all.db')
        self.assertEqual(self.orrery('sweep', '--db', 'all.db', '--summary', '--json'), told)
        with sqlite3.connect(os.path.join(self.folder, 'a.db')) as file:
            self.assertEqual(file.execute('SELECT count(*) FROM verdict WHERE measured IS NOT NULL').fetchone(), (60,))


if __name__ == '__main__':
    unittest.main()
