"""Comments of a lesson's code stand on a line of their own, above the line they explain.

Behind code they lie outside of a narrow window, and a formatter that keeps lines short breaks the code in front of
them: what is left is a line with a bracket and a comment.
"""

import io
import re
import tokenize
from collections.abc import Iterator


def behind_code(source: str) -> Iterator[tuple[int, str]]:
    """Comments behind code, one after another: (line in the cell counted from 0, what is wrong in a sentence).

    ``source`` is a cell of valid Python, from which remarks for our tools have been taken; notebook magics (``%pip``,
    ``!ls``) count as ``pass``.
    """
    plain = re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.M)
    lines = plain.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(plain).readline):
        if token.type != tokenize.COMMENT:
            continue
        (row, column), comment = token.start, token.string
        code = lines[row - 1][:column].strip()
        if not code:
            continue
        if re.search(r"[\w\"']", code):
            yield row - 1, f"a comment stands behind code, write it on the line above: {comment!r}"
        else:
            yield (
                row - 1,
                f"a line of nothing but {code!r} and a comment, write it above the statement: {comment!r}",
            )
