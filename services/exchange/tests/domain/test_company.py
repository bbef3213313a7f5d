"""Who is at work beside whom."""

from lienthong.exchange.domain.company import Company, Pace


def test_one_who_came_of_late_is_company_to_others_and_not_to_itself() -> None:
    company = Company(seconds=1)
    assert not company.has_others("a", 0)
    company.came("a", 0)
    assert not company.has_others("a", 0.5)
    assert company.has_others("b", 0.5)
    assert not company.has_others("b", 1.5)


def test_whoever_comes_again_and_again_does_not_hide_another() -> None:
    company = Company(seconds=1)
    company.came("b", 0)
    for turn in range(9):
        company.came("a", turn / 10)
    assert company.has_others("a", 0.9)
    assert company.has_others("b", 0.9)
    assert not company.has_others("a", 1.1)


def test_a_few_a_second_are_slow_and_a_second_without_any_is_forgiven() -> None:
    pace = Pace(few=3)
    assert [pace.is_slow("a", 10 + n / 10) for n in range(5)] == [True, True, True, False, False]
    assert pace.is_slow("b", 10.5)
    assert not pace.is_slow("a", 11.1), "the second before counts"
    assert pace.is_slow("a", 13.2)
