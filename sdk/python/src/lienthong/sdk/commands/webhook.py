"""`lienthong agency webhook`: have the inbox brought to the agency's own endpoint, and see how that fares."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.options import JsonOption, LaneOption, ProfileOption, lanes_of, output_of, run_agency
from lienthong.sdk.commands.output import Output, lane_name
from lienthong.sdk.problems import NotFound
from lienthong.sdk.webhook import WebhookAttempt, WebhookState

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Trục chuyển hộp đến tới hệ thống của cơ quan / have the inbox brought to the agency's own endpoint",
)

_STATES = {
    "closed": Words("Hoạt động", "working"),
    "open": Words("Tạm ngắt sau nhiều lỗi", "paused after failures"),
    "half_open": Words("Đang thử lại", "being tried again"),
    "gone": Words("Đã tắt: điểm nhận báo 410", "disabled: the endpoint said 410"),
    "client_not_active": Words("Đã tắt: hệ thống đăng ký hết quyền", "disabled: its client may not act"),
}
_CAUSES = {
    "name_unresolved": Words("không tìm thấy tên máy", "the name has no address"),
    "address_refused": Words("địa chỉ không được phép", "the address is not allowed"),
    "connection_failed": Words("không kết nối được", "no connection"),
    "tls_failed": Words("chứng thư máy chủ không tin được", "the server's certificate is not trusted"),
    "too_slow": Words("không trả lời kịp", "no answer in time"),
    "answer_broken": Words("câu trả lời hỏng", "the answer is broken"),
    "redirected": Words("chuyển hướng (không đi theo)", "a redirect, which is not followed"),
    "status": Words("mã trả lời khác 2xx", "another status than 2xx"),
    "gone": Words("410: không nhận nữa", "410: gone"),
    "interrupted": Words("trục dừng giữa chừng, gửi lại", "the exchange was interrupted, and repeats it"),
}
_KINDS = {
    "page": Words("văn bản", "entries"),
    "probe": Words("thăm dò", "probe"),
    "test": Words("gửi thử", "test"),
}
_STATE_COLUMNS = [
    Words("Luồng", "Lane"),
    Words("Địa chỉ", "URL"),
    Words("Tình trạng (số lỗi liên tiếp)", "State (failures in a row)"),
    Words("Điểm nhận đã lấy đến số", "Taken up to"),
    Words("Lỗi từ", "Failing since"),
    Words("Thử tiếp lúc", "Next attempt"),
]
_ATTEMPT_COLUMNS = [
    Words("Luồng", "Lane"),
    Words("Lúc", "At"),
    Words("Loại", "Kind"),
    Words("Số", "Numbers"),
    Words("Kết quả", "Outcome"),
    Words("Mã HTTP", "Status"),
    Words("Mili giây", "Milliseconds"),
    Words("Thử tiếp", "Next attempt"),
]


@app.command("set")
def set_webhook(
    context: typer.Context,
    *,
    url: Annotated[str, typer.Argument(help="https://van-ban.co-quan.gov.vn/lienthong")],
    lane: LaneOption = None,
    after: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Chuyển từ sau số này; mặc định sau số đã xác nhận / from behind it; by default what was acknowledged",
        ),
    ] = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Đăng ký, đổi địa chỉ, hoặc bật lại / register, change the address, or begin afresh."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        _show([await agency.webhooks.set(each, url, after=after) for each in lanes_of(lane)], output)

    run_agency(profile, output, work)


@app.command()
def show(
    context: typer.Context, lane: LaneOption = None, profile: ProfileOption = None, json: JsonOption = False
) -> None:
    """Tình trạng từng luồng / how each lane fares."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        found: list[WebhookState] = []
        for each in lanes_of(lane):
            try:
                found.append(await agency.webhooks.show(each))
            except NotFound:
                if lane:
                    raise
        if found:
            _show(found, output)
        else:
            output.note(Words("Chưa đăng ký webhook.", "No webhook is registered."))

    run_agency(profile, output, work)


@app.command("test")
def try_webhook(
    context: typer.Context, lane: LaneOption = None, profile: ProfileOption = None, json: JsonOption = False
) -> None:
    """Gửi thử ngay một yêu cầu đã ký, không có văn bản / have a signed request without entries sent now."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        tested = {each: [await agency.webhooks.test(each)] for each in await _registered(agency, lane)}
        _list(tested, output)
        if any(attempt.outcome != "taken" for (attempt,) in tested.values()):
            raise typer.Exit(1)

    run_agency(profile, output, work)


@app.command()
def resume(
    context: typer.Context, lane: LaneOption = None, profile: ProfileOption = None, json: JsonOption = False
) -> None:
    """Thử gửi lại ngay, không chờ / have it tried at once."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        _show([await agency.webhooks.resume(each) for each in await _registered(agency, lane)], output)

    run_agency(profile, output, work)


@app.command()
def remove(
    context: typer.Context, lane: LaneOption = None, profile: ProfileOption = None, json: JsonOption = False
) -> None:
    """Thôi chuyển tới; văn bản vẫn ở hộp đến / have nothing brought any more; the inbox stays."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        for each in await _registered(agency, lane):
            await agency.webhooks.remove(each)
            if json:
                output.line({"removed": each.value})
            words = lane_name(each).words
            output.note(Words(f"Đã bỏ webhook luồng {words.vi.lower()}.", f"Removed: {words.en.lower()} lane."))

    run_agency(profile, output, work)


@app.command()
def attempts(
    context: typer.Context,
    *,
    lane: LaneOption = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="Nhiều nhất / at most")] = 20,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Các lần gửi gần nhất và kết quả / the newest attempts and what came of them."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        _list({each: await agency.webhooks.attempts(each, most=most) for each in lanes_of(lane)}, output)

    run_agency(profile, output, work)


async def _registered(agency: Agency, lane: str | None) -> list[Lane]:
    """The lane named, or those that have a webhook. Raises NotFound where there is none."""
    found: list[Lane] = []
    missing: NotFound | None = None
    for each in lanes_of(lane):
        try:
            await agency.webhooks.show(each)
            found.append(each)
        except NotFound as error:
            missing = error
    if not found and missing:
        raise missing
    return found


def _show(found: Sequence[WebhookState], output: Output) -> None:
    output.listing(Words("Webhook", "Webhook"), _STATE_COLUMNS, found, _state_row, whole=(4, 5))


def _state_row(told: WebhookState, output: Output) -> list[str]:
    state = told.disabled_cause or told.circuit
    return [
        output.text(lane_name(told.lane).words),
        told.url,
        output.text(_STATES.get(state, Words(state, state))) + (f" ({told.failures})" if told.failures else ""),
        f"{told.taken} / {told.last}",
        _time(told.failing_since, output),
        _time(told.next_attempt_at, output),
    ]


def _list(found: dict[Lane, list[WebhookAttempt]], output: Output) -> None:
    if output.json:
        for lane, each in ((lane, each) for lane, told in found.items() for each in told):
            output.line({"lane": lane.value, **each.model_dump(mode="json")})
        return
    rows = [_row(lane, each, output) for lane, told in found.items() for each in told]
    output.table(Words("Các lần gửi", "Attempts"), _ATTEMPT_COLUMNS, rows, whole=(1, 7))


def _row(lane: Lane, each: WebhookAttempt, output: Output) -> list[str]:
    cause = _CAUSES.get(each.cause or "", Words(each.cause or "?", each.cause or "?"))
    outcomes = {"taken": Words("đã lấy", "taken"), "under_way": Words("đang gửi", "under way")}
    return [
        output.text(lane_name(lane).words),
        _time(each.begun_at, output),
        output.text(_KINDS.get(each.kind, Words(each.kind, each.kind))),
        "" if each.first is None else f"{each.first}–{each.last}",
        output.text(outcomes.get(each.outcome, cause)),
        "" if each.status is None else str(each.status),
        "" if each.milliseconds is None else str(each.milliseconds),
        _time(each.next_attempt_at, output),
    ]


def _time(moment: datetime | None, output: Output) -> str:
    return "" if moment is None else output.time(moment)
