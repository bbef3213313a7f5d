"""`lienthong agency topic`: the agency's own Kafka topic, from the asking to the reader's settings."""

import asyncio
from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.options import JsonOption, ProfileOption, one_of, output_of, run_agency
from lienthong.sdk.commands.output import Named, Output, lane_name
from lienthong.sdk.errors import BadInput
from lienthong.sdk.own_topic import OwnTopic, client_settings, request_certificate
from lienthong.sdk.profile import Profile

topic = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Topic Kafka riêng của cơ quan / the agency's own Kafka topic"
)

_STATES = {
    "asked": Words("Đang mở", "being made"),
    "open": Words("Đang mở cho đọc", "open"),
    "ending": Words("Đang xóa", "being removed"),
    "ended": Words("Đã xóa", "ended"),
    "failed": Words("Không mở được", "failed"),
}
_LOOK_AGAIN_SECONDS = 0.5

_Lane = Annotated[str, typer.Option("--lane", help="urgent | ordinary")]


@topic.command("open")
def open_topic(
    context: typer.Context,
    *,
    lane: _Lane = "ordinary",
    wait: Annotated[float, typer.Option(min=0, max=600, help="Giây chờ đến khi mở xong / seconds to wait")] = 15,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Đề nghị mở topic; lặp lại không hại gì / Ask for the topic; a repeat does no harm."""
    output, chosen = output_of(context, json), one_of(Lane, lane, "--lane")

    async def work(agency: Agency) -> None:
        told, left = await agency.open_topic(chosen), wait
        while told.state == "asked" and left > 0:
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            told, left = await agency.topic(chosen), left - _LOOK_AGAIN_SECONDS
        _show(told, output)

    run_agency(profile, output, work)


@topic.command()
def show(
    context: typer.Context, lane: _Lane = "ordinary", profile: ProfileOption = None, json: JsonOption = False
) -> None:
    """Topic đang ở trạng thái nào / How far it is."""
    output, chosen = output_of(context, json), one_of(Lane, lane, "--lane")

    async def work(agency: Agency) -> None:
        _show(await agency.topic(chosen), output)

    run_agency(profile, output, work)


@topic.command()
def close(
    context: typer.Context,
    lane: _Lane = "ordinary",
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi / do not ask")] = False,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Xóa topic cùng mọi bản ghi trong đó; hộp đến vẫn còn / Remove the topic with its records; the inbox stays."""
    output, chosen = output_of(context, json), one_of(Lane, lane, "--lane")
    if json and not yes:
        raise BadInput(Words("--json: cần --yes", "--json needs --yes"))
    if not yes:
        typer.confirm(output.text(Words("Xóa topic và mọi bản ghi?", "Remove the topic and its records?")), abort=True)

    async def work(agency: Agency) -> None:
        _show(await agency.close_topic(chosen), output)

    run_agency(profile, output, work)


@topic.command()
def csr(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Tạo khóa và yêu cầu chứng thư để đọc Kafka / Make the Kafka client's key and the request of its certificate."""
    output, loaded = output_of(context, json), Profile.load(profile)
    request = request_certificate(loaded)
    output.facts(
        Words("Yêu cầu chứng thư", "Certificate request"),
        {
            "csr": (Words("Gửi đơn vị vận hành", "For the operators"), str(request)),
            "key": (Words("Khóa, không gửi đi đâu", "Key, for nobody else"), str(loaded.kafka_key)),
            "certificate": (
                Words("Đặt chứng thư nhận được tại", "Lay the certificate at"),
                str(loaded.kafka_certificate),
            ),
            "agency_id": (Words("Id cơ quan", "Agency id"), str(loaded.agency_id)),
        },
    )


@topic.command()
def settings(
    context: typer.Context,
    lane: _Lane = "ordinary",
    group: Annotated[str, typer.Option(help="Phần cuối tên nhóm đọc / last part of the consumer group")] = "reader",
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Cấu hình librdkafka để đọc topic, dùng được cho `kcat -F` / Settings of librdkafka, as `kcat -F` reads them."""
    output, chosen = output_of(context, json), one_of(Lane, lane, "--lane")

    async def work(agency: Agency) -> None:
        told = await agency.topic(chosen)
        members = client_settings(agency.profile, told, group=group)
        if output.json:
            output.line({"topic": told.topic, "from_n": told.from_n, "settings": members})
        else:
            for name, value in members.items():
                output.say(f"{name}={value}")
        awaited = agency.profile.kafka_certificate
        if not awaited.exists():
            output.note(
                Words(
                    f"Chưa có chứng thư Kafka tại {awaited}: đơn vị vận hành cấp theo kafka.csr "
                    "(lienthong agency topic csr)",
                    f"There is no Kafka certificate at {awaited} yet: the operators issue it for kafka.csr "
                    "(lienthong agency topic csr)",
                )
            )

    run_agency(profile, output, work)


def _show(told: OwnTopic, output: Output) -> None:
    if output.json:
        output.line(told.model_dump(mode="json"))
        return
    output.facts(
        Words("Topic Kafka riêng", "Own Kafka topic"),
        {
            "topic": (Words("Topic", "Topic"), told.topic),
            "lane": (Words("Luồng", "Lane"), lane_name(told.lane)),
            "state": (
                Words("Trạng thái", "State"),
                Named(told.state, _STATES.get(told.state, Words(told.state, told.state))),
            ),
            "from_n": (Words("Từ số", "From number"), str(told.from_n)),
            "bootstrap": (Words("Địa chỉ Kafka", "Kafka address"), told.bootstrap or ""),
            "group_prefix": (Words("Tên nhóm bắt đầu bằng", "Groups begin with"), told.group_prefix),
            "retention_days": (Words("Lưu (ngày)", "Kept (days)"), str(told.retention_days)),
            "cause": (Words("Nguyên nhân", "Cause"), told.cause or told.end_cause or ""),
        },
    )
