"""Results of the small course as marking leaves them, made by hand."""

from ganlab_grade.course import Grade, Verdict
from ganlab_grade.report.marks import Student
from tests.ganlab_grade.small_course import LESSON

ANN = Student("ann", "Ann Lee", "101", email="ann@example.org")
BOB = Student("bob", "Bob Ray", "102")
CYD = Student("cyd", "Cyd Oak", "103")

PASSED = {
    "optimal_discriminator": Verdict("optimal_discriminator", 5.0, 5.0, "passed", "that is right"),
    "radius_after": Verdict("radius_after", 10.0, 10.0, "passed", "it spirals outwards"),
    "conv_transpose_size": Verdict("conv_transpose_size", 15.0, 15.0, "passed", "it doubles"),
}
PADDING = Verdict("conv_transpose_size", 7.333, 15.0, "padding_once", "padding is cut off at both ends")
BLANK = Verdict("radius_after", 0.0, 10.0, "missing", "still the stub: write where it says `your code here`")
BOTH_MARKED = {"question-1": (3.5, "Say where D(G(z)) lies."), "question-2": (6.0, "")}


def graded(student: Student, *verdicts: Verdict, **changes: object) -> Grade:
    """A submission of the small course: all three exercises passed, but for the verdicts given."""
    found = {**PASSED, **{one.exercise: one for one in verdicts}}
    values = {"file": f"{student.id}.ipynb", "digest": "0" * 64, "verdicts": tuple(found.values()), "seconds": 4.0}
    return Grade(student.id, LESSON, **{**values, **changes})
