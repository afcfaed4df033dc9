#!/usr/bin/env python3
"""A sweep under mpirun: the same bytes as on one machine, and what was finished outlives a rank that dies."""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
from command import Case  # noqa: E402

HARD = ('--set', 'expect=[invariants, {availability: {clients: app, at_least: 85%}}]')
DIES = ('--set', 'nodes.store.count=0')
# Open MPI refuses root, and more ranks than processors, unless it is told.
ENVIRONMENT = {'OMPI_ALLOW_RUN_AS_ROOT': '1', 'OMPI_ALLOW_RUN_AS_ROOT_CONFIRM': '1',
               'OMPI_MCA_rmaps_base_oversubscribe': '1', 'OMPI_MCA_btl': 'self,vader,tcp'}


class Ranks(Case):
    def setUp(self):
        super().setUp()
        if not shutil.which('mpirun') or not shutil.which('mpicc'):
            self.skipTest('Open MPI is not installed (tools/test --all installs it)')
        self.command = builds.build('gcc-mpi')

    def ranks(self, count, *arguments):
        """(status, stdout, stderr) of so many of them."""
        done = subprocess.run(['mpirun', '-n', str(count), self.command, *arguments], cwd=self.folder, timeout=120,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              env={**os.environ, **ENVIRONMENT})
        return done.returncode, done.stdout, done.stderr

    def alone(self, *arguments):
        return builds.orrery(self.command, *arguments, cwd=self.folder)

    def test_it_tells_the_same_bytes(self):
        for arguments in (('--seeds', '1..60', *HARD), ('--seeds', '1..60', *HARD, '--json'), ('--seeds', '1..3'),
                          ('--seeds', '1..20', '--matrix', 'nodes.store.count=3,5', *HARD),
                          ('--until-failure', *HARD), ('--seeds', '1..9', '--shard', '2/3'),
                          ('--seed', '4', '--branch-at', '1s', '--seeds', '1..9', '--json')):
            for count, jobs in ((2, ()), (3, ('-j', '2'))):
                status, out, _ = self.ranks(count, 'sweep', 'base.yaml', *arguments, *jobs)
                self.assertEqual((status, out), self.alone('sweep', 'base.yaml', *arguments)[:2], arguments)

    def test_a_process_of_its_own_is_a_plain_sweep(self):
        self.assertEqual(self.ranks(1, 'sweep', 'base.yaml', '--seeds', '1..9')[:2],
                         self.alone('sweep', 'base.yaml', '--seeds', '1..9')[:2])

    def test_errors_are_told_once(self):
        for arguments, message in ((('base.yaml',), 'sweep needs --seeds'), (('no.yaml', '--seeds', '1'), 'no.yaml'),
                                   (('base.yaml', '--seeds', '1', *DIES), 'count'),
                                   (('-', '--seeds', '1'), 'the scenario comes from a file')):
            status, out, err = self.ranks(2, 'sweep', *arguments)
            self.assertEqual((status, out), (builds.USAGE, ''), err)
            self.assertEqual(err.count('error:') + err.count('orrery: '), self.alone_errors(arguments), err)
            self.assertIn(message, err)

    def alone_errors(self, arguments):
        err = self.alone('sweep', *arguments)[2]
        return err.count('error:') + err.count('orrery: ') if arguments[0] != '-' else 1

    def test_without_mpi_it_says_so(self):
        status, out, err = builds.orrery(builds.reference(), 'sweep', 'base.yaml', '--seeds', '1', cwd=self.folder,
                                         environment={'OMPI_COMM_WORLD_SIZE': '2'})
        self.assertEqual((status, out), (builds.USAGE, ''))
        self.assertIn('built without MPI', err)

    def stored(self):
        try:
            file = sqlite3.connect(f'file:{self.folder}/a.db?mode=ro', uri=True)
            count = file.execute('SELECT count(*) FROM run').fetchone()[0]
            file.close()
            return count
        except sqlite3.Error: # it is not there yet, or locked
            return 0

    def size(self):
        path = os.path.join(self.folder, 'a.db')
        return os.path.getsize(path) if os.path.exists(path) else 0

    def rank(self, number, worker=False):
        """Its process, or one of its workers, if there is one."""
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/environ', 'rb') as file:
                    environment = file.read().split(b'\0')
                with open(f'/proc/{pid}/cmdline', 'rb') as file:
                    words = file.read().split(b'\0')
            except OSError:
                continue
            if (b'OMPI_COMM_WORLD_RANK=%d' % number in environment and words[0].decode() == self.command
                    and b'ORRERY_TEST=' + self.folder.encode() in environment):
                with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
                    parent = file.read().rsplit(')', 1)[1].split()[1]
                with open(f'/proc/{parent}/cmdline', 'rb') as file:
                    if (file.read().split(b'\0')[0] == words[0]) == worker:
                        return int(pid)
        return None

    def test_a_run_that_dies_is_a_result(self):
        with subprocess.Popen(['mpirun', '-n', '2', self.command, 'sweep', 'base.yaml', '--seeds', '1..3000', '--json'],
                              cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True,
                              env={**os.environ, **ENVIRONMENT, 'ORRERY_TEST': self.folder}) as process:
            worker, end = None, time.monotonic() + 60
            while not worker and time.monotonic() < end:
                worker = self.rank(1, worker=True)
            time.sleep(0.2)
            os.kill(worker, signal.SIGSEGV)
            swept = json.loads(process.communicate(timeout=60)[0])
            self.assertEqual(process.returncode, builds.INTERNAL)
        self.assertEqual((swept['end'], swept['seeds']), ('whole', 3000))
        self.assertEqual([run['died'] for run in swept['runs'] if run['died']], ['killed by SIGSEGV'])

    def test_what_is_finished_outlives_a_rank_that_is_killed(self):
        if 'built without SQLite' in self.alone('sweep', 'base.yaml', '--seeds', '1', '--db', 'try.db')[2]:
            self.skipTest('orrery was built without SQLite')
        arguments = ('sweep', 'base.yaml', '--seeds', '1..4000', *HARD)
        stored = size = 0
        for victim in (1, 0):
            with subprocess.Popen(['mpirun', '-n', '3', self.command, *arguments, '--db', 'a.db'], cwd=self.folder,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env={**os.environ, **ENVIRONMENT, 'ORRERY_TEST': self.folder}) as process:
                end = time.monotonic() + 60
                while time.monotonic() < end and process.poll() is None and self.size() < size + 60000:
                    time.sleep(0.02)
                self.assertIsNone(process.poll(), 'it was over before a rank could be killed')
                os.kill(self.rank(victim), signal.SIGKILL)
                self.assertNotEqual(process.wait(timeout=60), builds.HOLDS)
            before, stored, size = stored, self.stored(), self.size()
            self.assertGreater(stored, before)
        self.assertLess(stored, 4000)
        whole = self.alone(*arguments)[:2]
        self.assertEqual(self.ranks(3, *arguments, '--db', 'a.db')[:2], whole)
        self.assertEqual(self.stored(), 4000)
        self.assertEqual(self.alone('sweep', '--db', 'a.db', '--summary')[:2], whole)


if __name__ == '__main__':
    unittest.main()
