#!/usr/bin/env python3
"""The house's style, as far as a machine can read it, and that no file under sim/ is forgotten by the build.

Lengths of files, functions and lines, blanks, and words that promise instead of doing or that belong to one workplace.
Every rule is tried on a text that breaks it.
"""
import functools
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import sources  # noqa: E402

ROOT = os.environ.get('ORRERY_ROOT') or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILE_LINES, FUNCTION_LINES = 800, 70
OVER = 30
STRING = re.compile(r'"(?:\\.|[^"\\])*"')
LINE_LENGTH = {'.c': 100, '.h': 100, '.py': 120}
TEXTS = ('.c', '.h', '.in', '.py', '.sh', '.build', '.txt', '.md', '.yaml', '.yml', '.json', '.js', '.html', '.svg')
CODE = ('.c', '.h', '.py', '.js', '.sh')

# Written apart, so that this file does not break its own rule. Whole words unless they begin or
# end with a stroke.
WORDS = [a + b for a, b in (
    ('TO', 'DO'), ('FIX', 'ME'), ('XX', 'X'), ('for ', 'now'), ('not ', 'implemented'), ('not yet ', 'implemented'),
    ('place', 'holder'), ('ag', 'ent'), ('ag', 'ents'), ('subag', 'ent'), ('this ses', 'sion'), ('last ses', 'sion'),
    ('/work', '/'), ('/root', '/'), ('/home', '/'), ('../sha', 'red'),
    ('deb.debian', '.org'), ('security.debian', '.org'), ('snapshot.debian', '.org'), ('archive.ubuntu', '.com'),
    ('registry.npm', 'js.org'), ('pypi', '.org'), ('files.python', 'hosted.org'), ('proxy.go', 'lang.org'),
    ('crates', '.io'), ('github', 'usercontent.com'),
)]
IDS = re.compile(r'\b(?:CAT|BUG|FIG)' + r'-[A-Z]+\d*\b')


@functools.lru_cache(maxsize=None)
def exhibits():
    """What the museum's scenarios are called: `orrery museum` explains it."""
    folder, found = os.path.join(ROOT, 'scenarios', 'museum'), set()
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            found |= set(re.findall(r'(?m)^  id: (\S+)$', file.read()))
    return found


def pattern(word):
    before = r'(?<![\w])' if word[0].isalnum() else r'(?<![\w.])'
    after = r'(?![\w])' if word[-1].isalnum() else ''
    return re.compile(before + re.escape(word) + after, re.I if ' ' in word else 0)


PATTERNS = [(word, pattern(word)) for word in WORDS]


def functions(text):
    """(line, length) of every function: from its opening brace in column 1 to the closing one."""
    start = None
    for number, line in sources.numbered(text):
        if line.startswith('{'):
            start = number
        elif line.startswith('}') and start:
            yield start, number - start + 1
            start = None


def ends_in_text(line, longest):
    """A message is not broken apart, so that it can be searched for: it may reach past the end of the line."""
    texts = [found for found in STRING.finditer(line) if found.start() < longest < found.end()]
    return len(line) <= longest + OVER and len(texts) == 1


def wrong_style(path, text):
    wrong = []
    lines = text.split('\n')
    longest = LINE_LENGTH.get(os.path.splitext(path)[1], 1 << 20)
    if text and not text.endswith('\n'):
        wrong.append(f'{path}:{len(lines)}: no newline at the end')
    if text.endswith('\n\n'):
        wrong.append(f'{path}:{len(lines) - 1}: a blank line at the end')
    if path.endswith(CODE) and len(lines) - 1 > FILE_LINES:
        wrong.append(f'{path}:1: {len(lines) - 1} lines; at most {FILE_LINES}')
    if path.endswith(('.c', '.h')):
        for start, length in functions(text):
            if length > FUNCTION_LINES:
                wrong.append(f'{path}:{start}: a function of {length} lines; at most {FUNCTION_LINES}')
    for number, line in enumerate(lines, start=1):
        if '\t' in line and not path.endswith(('.svg', '.json')):
            wrong.append(f'{path}:{number}: a tab')
        if '\r' in line:
            wrong.append(f'{path}:{number}: a carriage return')
        if line != line.rstrip(' '):
            wrong.append(f'{path}:{number}: blanks at the end')
        if len(line) > longest and not ends_in_text(line, longest):
            wrong.append(f'{path}:{number}: {len(line)} characters; at most {longest}')
        for word, words in PATTERNS:
            if words.search(line):
                wrong.append(f'{path}:{number}: "{word}" does not belong here')
        unknown = {found.group(0) for found in IDS.finditer(line)} - exhibits()
        for word in sorted(unknown):
            wrong.append(f'{path}:{number}: "{word}" means nothing to a reader')
    return wrong


def is_checked(path):
    """Deliberately broken inputs are no text of the house."""
    return not path.startswith(('tests/bad/', 'tests/golden/')) and (
        path.endswith(TEXTS) or '.' not in os.path.basename(path))


class Tree(unittest.TestCase):
    maxDiff = None

    def none(self, wrong):
        if wrong:
            self.fail('\n' + '\n'.join(wrong))

    def test_every_file_keeps_the_style(self):
        wrong = []
        for path in sources.files(ROOT):
            if is_checked(path):
                wrong += wrong_style(path, sources.read(ROOT, path))
        self.none(wrong)

    def test_every_file_of_the_library_is_built(self):
        listed = set()
        for path in sources.files(ROOT, 'meson.build', under=('sim/',)):
            folder = os.path.dirname(path)
            listed |= {f'{folder}/{name}' for name in re.findall(r"'([\w-]+\.c)'", sources.read(ROOT, path))}
        self.assertEqual(sorted(listed), sources.files(ROOT, '.c', under=('sim/',)))


class Rules(unittest.TestCase):
    def refuses(self, path, text, times=1):
        found = wrong_style(path, text)
        self.assertEqual(len(found), times, (path, text[:200], found))

    def test_a_clean_file_passes(self):
        self.refuses('a.c', 'int f(void)\n{\n    return 1;\n}\n', 0)
        self.refuses('a.c', '', 0)

    def test_lengths(self):
        body = '    g();\n' * (FUNCTION_LINES - 2)
        self.refuses('a.c', f'int f(void)\n{{\n{body}}}\n', 0)
        self.refuses('a.c', f'int f(void)\n{{\n{body}    g();\n}}\n')
        self.refuses('a.c', 'int a;\n' * FILE_LINES, 0)
        self.refuses('a.h', 'int a;\n' * (FILE_LINES + 1))
        self.refuses('a.py', 'a = 1\n' * (FILE_LINES + 1))
        for ending, longest in LINE_LENGTH.items():
            self.refuses('a' + ending, 'é' * longest + '\n', 0)
            self.refuses('a' + ending, 'a' * (longest + 1) + '\n')
        self.refuses('a.md', 'a' * 1000 + '\n', 0)
        self.refuses('a.c', 'f("' + 'a' * LINE_LENGTH['.c'] + '");\n', 0)
        self.refuses('a.c', 'f("' + 'a' * (LINE_LENGTH['.c'] + OVER) + '");\n')
        self.refuses('a.c', 'f("", ' + 'a' * LINE_LENGTH['.c'] + ');\n')

    def test_blanks(self):
        self.refuses('a.c', 'int a;\t/* x */\n')
        self.refuses('a.c', 'int a; \n')
        self.refuses('a.c', 'int a;')
        self.refuses('a.c', 'int a;\n\n')
        self.refuses('a.c', 'int a;\r\n')

    def test_every_word(self):
        for word in WORDS:
            self.refuses('a.md', f'Look: {word} it is.\n')
        self.refuses('a.md', 'See ' + 'FIG' + '-K1 there.\n')

    def test_words_within_words(self):
        self.refuses('a.md', 'The path docs' + '/work' + '/' + ' and a mas' + 'todon.\n', 0)

    def test_only_deliberately_broken_files_are_left_out(self):
        self.assertFalse(is_checked('tests/bad/x.yaml'))
        for path in ('sim/core/a.c', 'README.md', 'tools/run', 'scenarios/a/b.yaml', '.ci/run', 'tests/style.py'):
            self.assertTrue(is_checked(path), path)


if __name__ == '__main__':
    unittest.main()
