#!/usr/bin/env python3
"""orrery inspect: what a person at the prompt is told is what the trace of the run tells."""
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
from command import Case  # noqa: E402

DOING = ('send', 'drop', 'note', 'invoke', 'complete')  # within an event


class Inspected(Case):
    def setUp(self):
        super().setUp()
        self.orrery('run', 'base.yaml', '--seed', '5', '--quiet', '--trace', 'trace.jsonl')
        self.trace = [json.loads(line) for line in self.read('trace.jsonl').splitlines()]
        self.events = [row for row in self.trace if row['kind'] not in DOING]

    def talk(self, *lines, arguments=('--seed', '5'), status=builds.HOLDS, file='base.yaml'):
        """What is answered to each line; the first is what stands before it."""
        self.write('lines.txt', ''.join(line + '\n' for line in lines))
        code, out, err = self.shell(f'"$ORRERY" inspect {file} {" ".join(arguments)} < lines.txt')
        self.assertEqual((code, err), (status, ''), out)
        answers = re.split(r'(?m)^> .*\n', out)
        self.assertEqual(len(answers), len(lines) + (0 if lines[-1] == 'quit' else 2) + (lines[-1] == 'quit'))
        return answers

    def ids(self, answer):
        return [int(match) for match in re.findall(r'(?m)^ *(\d+) +[\d.]+\w* ', answer)]

    def test_a_step_is_an_event_of_the_trace(self):
        answers = self.talk('step', 'step 4', 'where', 'quit')
        self.assertRegex(answers[0], r'\Abase, seed 5; .*\nat 0s, step 1, after 5 events\n\Z')
        self.assertEqual(set(self.ids(answers[1])), {6})
        self.assertEqual(list(dict.fromkeys(self.ids(answers[2]))), [7, 8, 9, 10])
        tenth = next(row for row in self.trace if row['id'] == 10)
        self.assertIn(tenth['node'], answers[2].split('\n      10 ')[1])
        self.assertIn(', step 6, after 10 events\n', answers[3])

    def test_back_and_forth_is_where_it_was(self):
        there = self.talk('until message append-entries', 'where', 'state', 'flight', 'timers', 'quit')
        back = self.talk('until message append-entries', 'step 50', 'back 50', 'where', 'state', 'flight', 'timers',
                         'quit')
        self.assertEqual(back[4:8], there[2:6])
        self.assertEqual(back[3], back[4])
        self.assertTrue(there[4].startswith('  in '))
        beginning = self.talk('step 3', 'back 100', 'quit')
        self.assertTrue(beginning[2].startswith('at 0s, step 1,'))

    def test_it_goes_on_until_something_is_so(self):
        answers = self.talk('until message append-entries at store-2', 'until note', 'until store role = leader',
                            'until fault crash', 'state store-1', 'next store-1', 'until app acked > 3', 'quit',
                            status=builds.USAGE)
        first = next(row for row in self.trace if row.get('what') == 'append-entries' and row['kind'] == 'message'
                     and row['node'] == 'store-2')
        self.assertEqual(self.ids(answers[1])[-1], first['id'])
        note = next(row for row in self.trace if row['kind'] == 'note' and row['id'] > first['id'])
        self.assertIn(note['id'], self.ids(answers[2]))
        self.assertEqual(answers[3], '? it is so already\n')
        crash = next(row for row in self.trace if row['kind'] == 'fault')
        self.assertEqual(self.ids(answers[4])[-1], crash['id'])
        self.assertRegex(answers[5], r'\A  store-1 +down, crashed 1 time\n\Z')
        after = next(row for row in self.events if row['id'] > crash['id'] and row.get('node') == 'store-1')
        self.assertIn(after['id'], self.ids(answers[6]))
        self.assertIn("no field 'acked'", answers[7])

    def test_a_field_becomes_what_was_waited_for(self):
        answers = self.talk('until store-0 term >= 1', 'state store-0', 'back', 'state store-0', 'quit')
        self.assertRegex(answers[2], r'\bterm\s+1\b')
        self.assertNotRegex(answers[4], r'\bterm\s+1\b')

    def test_what_is_under_way_comes_when_it_says(self):
        answers = self.talk('until message append-entries', 'flight', 'quit')
        at = next(row for row in self.events if row['kind'] == 'message' and row['what'] == 'append-entries')
        came = [(row['id'], row['t']) for row in self.trace if row['kind'] in ('message', 'request', 'reply')]
        rows = re.findall(r'(?m)^  in (\S+) +(\S+) to (\S+) (\w+) (\S+), sent by (\d+)', answers[2])
        self.assertTrue(rows)
        for span, sender, receiver, kind, what, cause in rows:
            self.assertTrue(any(row['kind'] in (kind, 'drop') and row['node'] == receiver and
                                row.get('from') == sender and row['what'] == what and row['cause'] == int(cause)
                                for row in self.trace if row['id'] > at['id']), (span, kind, what))
        self.assertTrue(came)

    def test_causes_are_those_of_the_trace(self):
        answers = self.talk('until message append-entries at store-2', 'causes', 'causes 99999', 'causes x', 'quit',
                            status=builds.USAGE)
        told = re.findall(r'(?m)^ +[\d.]+m?s', answers[2])
        cause = next(row for row in self.trace if row.get('what') == 'append-entries' and row['kind'] == 'message'
                     and row['node'] == 'store-2')
        chain = 0
        while cause:
            chain += 1
            cause = next((row for row in self.trace if row['id'] == cause['cause'] and row['kind'] not in DOING), None)
        self.assertEqual(len(told), chain)
        self.assertIn('nothing is known of an event 99999', answers[3])
        self.assertIn("expected the number of an event, not 'x'", answers[4])

    def test_the_end_is_the_end_of_the_run(self):
        answers = self.talk('until violation', 'step', 'state', 'back', 'where', 'quit')
        self.assertIn('at 3s, step', answers[1])
        self.assertIn('the run has ended: its time is over', answers[1])
        self.assertEqual(answers[2].splitlines()[-1], answers[1].splitlines()[-1])
        out = self.orrery('run', 'base.yaml', '--seed', '5', '--until', '3s', '--state')[1]
        self.assertEqual([line for line in out.splitlines() if line.startswith('  ')], answers[3].splitlines())
        self.assertNotIn('ended', answers[5])

    def test_a_violation_ends_it(self):
        file = os.path.join(builds.ROOT, 'scenarios', 'consensus', 'figure-8.yaml')
        answers = self.talk('until violation', 'step', 'causes', 'quit', file=file, arguments=('--fails-with',))
        self.assertIn('violation', answers[1])
        self.assertIn('the run has ended: an invariant is broken', answers[2])
        self.assertIn('  message append-entries', answers[3])

    def test_wrong_lines_are_told_and_the_rest_is_obeyed(self):
        answers = self.talk('fly', 'step x', 'step 0', 'next', 'next nobody', 'until', 'until 5',
                            'until store-0 a = 1', 'until store role = king', 'until send append-entries',
                            'until a b c', 'until store-9 role = x',
                            'where now', 'timers x', '', '# a comment', 'where', status=builds.USAGE)
        wanted = ("no command 'fly'", "not 'x'", "not '0'", 'next needs a node', "no node or group 'nobody'",
                  'expected a time', "'5' needs a unit", "no field 'a'", "'king' is no value of 'role'",
                  'sends and drops are no events', 'expected a time', "no node or group 'store-9'",
                  'where takes nothing behind it', "no node or group 'x'")
        for answer, message in zip(answers[1:], wanted):
            self.assertTrue(answer.startswith('? '), answer)
            self.assertIn(message, answer)
        self.assertEqual(answers[15:17], ['', ''])
        self.assertTrue(answers[17].startswith('at 0s, step 1'))

    def test_it_is_one_run_with_its_options(self):
        self.assertEqual(self.orrery('inspect')[0], builds.USAGE)
        self.assertIn('the scenario comes from a file', self.orrery('inspect', '-')[2])
        answers = self.talk('until 2900ms', 'state', 'quit', arguments=('--seed', '5', '--branch-at', '1s',
                                                                       '--branch-seed', '6'))
        plain = self.talk('until 2900ms', 'state', 'quit')
        self.assertNotEqual(answers[2], plain[2])


if __name__ == '__main__':
    unittest.main()
