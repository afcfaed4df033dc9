"""The source files of a tree, and their text without comments and strings.

A tree is a folder, or, to try a rule on, a dictionary from paths to texts.
"""
import os
import re

SKIPPED = {'.git', 'build', '__pycache__'}

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(root, *endings, under=('',)):
    """Paths relative to ROOT, sorted, of the files that end in one of ENDINGS (none: all)."""
    if isinstance(root, dict):
        return sorted(p for p in root if p.endswith(endings or '') and p.startswith(tuple(under)))
    found = []
    for folder, names, leaves in os.walk(root):
        names[:] = sorted(n for n in names if n not in SKIPPED)
        for leaf in leaves:
            path = os.path.relpath(os.path.join(folder, leaf), root)
            if (not endings or path.endswith(endings)) and path.startswith(tuple(under)):
                found.append(path)
    return sorted(found)


def read(root, path):
    if isinstance(root, dict):
        return root[path]
    with open(os.path.join(root, path), encoding='utf-8') as file:
        return file.read()


def bare(text, keep_strings=False):
    """TEXT with comments (and strings) blanked out, line by line where it was."""
    def blank(match):
        token = match.group(0)
        if keep_strings and token[0] in '"\'':
            return token
        return re.sub(r'[^\n]', ' ', token)
    return TOKEN.sub(blank, text)


def numbered(text):
    return enumerate(text.split('\n'), start=1)


def strings(text):
    """(line, literal) of every string of TEXT."""
    for match in TOKEN.finditer(text):
        if match.group(0)[0] == '"':
            yield text.count('\n', 0, match.start()) + 1, match.group(0)
