"""Names of months and days in the languages that a format code can ask for.

A code names a language as Windows numbers it, such as ``[$-415]`` for Polish, or as ``[$-pl-PL]``.
"""

import datetime
import re
from functools import lru_cache
from typing import NamedTuple

TAG = re.compile(r"\[\$[^-\]]*-([^\]]+)\]")
NUMBERED = re.compile(r"[0-9a-fA-F]{1,8}")
# The last ten bits of a number are the language, the others say where it is spoken.
LANGUAGE_BITS = 0x3FF
LANGUAGES = {
    0x03: "ca", 0x04: "zh", 0x05: "cs", 0x06: "da", 0x07: "de", 0x08: "el", 0x09: "en", 0x0A: "es",
    0x0B: "fi", 0x0C: "fr", 0x0E: "hu", 0x10: "it", 0x11: "ja", 0x12: "ko", 0x13: "nl", 0x14: "no",
    0x15: "pl", 0x16: "pt", 0x18: "ro", 0x19: "ru", 0x1B: "sk", 0x1D: "sv", 0x1E: "th", 0x1F: "tr",
    0x21: "id", 0x22: "uk", 0x24: "sl", 0x25: "et", 0x26: "lv", 0x27: "lt", 0x02: "bg", 0x2A: "vi",
}  # fmt: skip
# Croatian, Serbian and Bosnian share a number of the language.
CROATIAN = {0x041A, 0x101A}
# The system's language, in its long date and its time.
SYSTEM = {0xF800, 0xF400}
SAME_AS = {"nb": "no", "nn": "no"}
THAI_CALENDAR = 7
# Calendars with the same months as ours. 3 is Japan's, whose years only eras count.
GREGORIAN = {0, 1, 2, 3, THAI_CALENDAR, 9, 10, 11, 12}


class Locale(NamedTuple):
    """The language of a format code, "" for one that is unknown, and its calendar's number."""

    language: str
    calendar: int = 0


class Names(NamedTuple):
    """Names of the months and of the days from Monday, whole and short.

    `dated` are the months beside the number of a day, where their form differs.
    """

    months: tuple[str, ...]
    short_months: tuple[str, ...]
    days: tuple[str, ...]
    short_days: tuple[str, ...]
    dated: tuple[str, ...]


@lru_cache(maxsize=1024)
def locale_of(code: str) -> Locale:
    """Return the language and the calendar that a format code names."""
    found = TAG.search(code)
    if not found:
        return Locale("en")
    tag, _, rest = found[1].partition(",")
    if not NUMBERED.fullmatch(tag):
        language = tag.partition("-")[0].lower()
        is_system = language == "x"
        calendar = int(rest, 16) if NUMBERED.fullmatch(rest) else 0
        return Locale("en" if is_system else SAME_AS.get(language, language), calendar)
    number = int(tag, 16)
    low, calendar = number & 0xFFFF, number >> 16 & 0xFF
    if low in SYSTEM or not low:
        return Locale("en", calendar)
    if low in CROATIAN:
        return Locale("hr", calendar)
    return Locale(LANGUAGES.get(low & LANGUAGE_BITS, ""), calendar)


def names_of(language: str) -> Names | None:
    """Return the names of a language, or None if it isn't one of those in this module."""
    return _NAMES.get(language)


def _names(months: str, short_months: str, days: str, short_days: str, dated: str = "") -> Names:
    whole, short = tuple(months.split("|")), tuple(short_months.split("|"))
    return Names(
        whole,
        short,
        tuple(days.split("|")),
        tuple(short_days.split("|")),
        tuple(dated.split("|")) if dated else whole,
    )


_EAST_ASIAN_MONTHS = "|".join(f"{month}月" for month in range(1, 13))
_KOREAN_MONTHS = "|".join(f"{month}월" for month in range(1, 13))
_VIETNAMESE_MONTHS = "|".join(f"tháng {month}" for month in range(1, 13))

_NAMES = {
    "bg": _names(
        "януари|февруари|март|април|май|юни|юли|август|септември|октомври|ноември|декември",
        "яну|фев|мар|апр|май|юни|юли|авг|сеп|окт|ное|дек",
        "понеделник|вторник|сряда|четвъртък|петък|събота|неделя",
        "пн|вт|ср|чт|пт|сб|нд",
    ),
    "ca": _names(
        "gener|febrer|març|abril|maig|juny|juliol|agost|setembre|octubre|novembre|desembre",
        "gen|febr|març|abr|maig|juny|jul|ag|set|oct|nov|des",
        "dilluns|dimarts|dimecres|dijous|divendres|dissabte|diumenge",
        "dl|dt|dc|dj|dv|ds|dg",
    ),
    "cs": _names(
        "leden|únor|březen|duben|květen|červen|červenec|srpen|září|říjen|listopad|prosinec",
        "led|úno|bře|dub|kvě|čvn|čvc|srp|zář|říj|lis|pro",
        "pondělí|úterý|středa|čtvrtek|pátek|sobota|neděle",
        "po|út|st|čt|pá|so|ne",
        "ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince",
    ),
    "da": _names(
        "januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december",
        "jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec",
        "mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag",
        "ma|ti|on|to|fr|lø|sø",
    ),
    "de": _names(
        "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember",
        "Jan|Feb|Mrz|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez",
        "Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag",
        "Mo|Di|Mi|Do|Fr|Sa|So",
    ),
    "el": _names(
        "Ιανουάριος|Φεβρουάριος|Μάρτιος|Απρίλιος|Μάιος|Ιούνιος|Ιούλιος|Αύγουστος|Σεπτέμβριος"
        "|Οκτώβριος|Νοέμβριος|Δεκέμβριος",
        "Ιαν|Φεβ|Μαρ|Απρ|Μαϊ|Ιουν|Ιουλ|Αυγ|Σεπ|Οκτ|Νοε|Δεκ",
        "Δευτέρα|Τρίτη|Τετάρτη|Πέμπτη|Παρασκευή|Σάββατο|Κυριακή",
        "Δευ|Τρι|Τετ|Πεμ|Παρ|Σαβ|Κυρ",
        "Ιανουαρίου|Φεβρουαρίου|Μαρτίου|Απριλίου|Μαΐου|Ιουνίου|Ιουλίου|Αυγούστου|Σεπτεμβρίου"
        "|Οκτωβρίου|Νοεμβρίου|Δεκεμβρίου",
    ),
    "en": _names(
        "January|February|March|April|May|June|July|August|September|October|November|December",
        "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec",
        "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
        "Mon|Tue|Wed|Thu|Fri|Sat|Sun",
    ),
    "es": _names(
        "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre",
        "ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic",
        "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
        "lun|mar|mié|jue|vie|sáb|dom",
    ),
    "et": _names(
        "jaanuar|veebruar|märts|aprill|mai|juuni|juuli|august|september|oktoober|november"
        "|detsember",
        "jaan|veebr|märts|apr|mai|juuni|juuli|aug|sept|okt|nov|dets",
        "esmaspäev|teisipäev|kolmapäev|neljapäev|reede|laupäev|pühapäev",
        "E|T|K|N|R|L|P",
    ),
    "fi": _names(
        "tammikuu|helmikuu|maaliskuu|huhtikuu|toukokuu|kesäkuu|heinäkuu|elokuu|syyskuu|lokakuu"
        "|marraskuu|joulukuu",
        "tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu",
        "maanantai|tiistai|keskiviikko|torstai|perjantai|lauantai|sunnuntai",
        "ma|ti|ke|to|pe|la|su",
        "tammikuuta|helmikuuta|maaliskuuta|huhtikuuta|toukokuuta|kesäkuuta|heinäkuuta|elokuuta"
        "|syyskuuta|lokakuuta|marraskuuta|joulukuuta",
    ),
    "fr": _names(
        "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
        "janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc",
        "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
        "lun|mar|mer|jeu|ven|sam|dim",
    ),
    "hr": _names(
        "siječanj|veljača|ožujak|travanj|svibanj|lipanj|srpanj|kolovoz|rujan|listopad|studeni"
        "|prosinac",
        "sij|velj|ožu|tra|svi|lip|srp|kol|ruj|lis|stu|pro",
        "ponedjeljak|utorak|srijeda|četvrtak|petak|subota|nedjelja",
        "pon|uto|sri|čet|pet|sub|ned",
        "siječnja|veljače|ožujka|travnja|svibnja|lipnja|srpnja|kolovoza|rujna|listopada"
        "|studenoga|prosinca",
    ),
    "hu": _names(
        "január|február|március|április|május|június|július|augusztus|szeptember|október|november"
        "|december",
        "jan|febr|márc|ápr|máj|jún|júl|aug|szept|okt|nov|dec",
        "hétfő|kedd|szerda|csütörtök|péntek|szombat|vasárnap",
        "H|K|Sze|Cs|P|Szo|V",
    ),
    "id": _names(
        "Januari|Februari|Maret|April|Mei|Juni|Juli|Agustus|September|Oktober|November|Desember",
        "Jan|Feb|Mar|Apr|Mei|Jun|Jul|Agu|Sep|Okt|Nov|Des",
        "Senin|Selasa|Rabu|Kamis|Jumat|Sabtu|Minggu",
        "Sen|Sel|Rab|Kam|Jum|Sab|Min",
    ),
    "it": _names(
        "gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre"
        "|dicembre",
        "gen|feb|mar|apr|mag|giu|lug|ago|set|ott|nov|dic",
        "lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
        "lun|mar|mer|gio|ven|sab|dom",
    ),
    "ja": _names(
        _EAST_ASIAN_MONTHS,
        _EAST_ASIAN_MONTHS,
        "月曜日|火曜日|水曜日|木曜日|金曜日|土曜日|日曜日",
        "月|火|水|木|金|土|日",
    ),
    "ko": _names(
        _KOREAN_MONTHS,
        _KOREAN_MONTHS,
        "월요일|화요일|수요일|목요일|금요일|토요일|일요일",
        "월|화|수|목|금|토|일",
    ),
    "lt": _names(
        "sausis|vasaris|kovas|balandis|gegužė|birželis|liepa|rugpjūtis|rugsėjis|spalis|lapkritis"
        "|gruodis",
        "saus|vas|kov|bal|geg|birž|liep|rugp|rugs|spal|lapkr|gruod",
        "pirmadienis|antradienis|trečiadienis|ketvirtadienis|penktadienis|šeštadienis|sekmadienis",
        "pr|an|tr|kt|pn|št|sk",
        "sausio|vasario|kovo|balandžio|gegužės|birželio|liepos|rugpjūčio|rugsėjo|spalio"
        "|lapkričio|gruodžio",
    ),
    "lv": _names(
        "janvāris|februāris|marts|aprīlis|maijs|jūnijs|jūlijs|augusts|septembris|oktobris"
        "|novembris|decembris",
        "janv|febr|marts|apr|maijs|jūn|jūl|aug|sept|okt|nov|dec",
        "pirmdiena|otrdiena|trešdiena|ceturtdiena|piektdiena|sestdiena|svētdiena",
        "pr|ot|tr|ce|pk|se|sv",
    ),
    "nl": _names(
        "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december",
        "jan|feb|mrt|apr|mei|jun|jul|aug|sep|okt|nov|dec",
        "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag",
        "ma|di|wo|do|vr|za|zo",
    ),
    "no": _names(
        "januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember",
        "jan|feb|mar|apr|mai|jun|jul|aug|sep|okt|nov|des",
        "mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag",
        "man|tir|ons|tor|fre|lør|søn",
    ),
    "pl": _names(
        "styczeń|luty|marzec|kwiecień|maj|czerwiec|lipiec|sierpień|wrzesień|październik|listopad"
        "|grudzień",
        "sty|lut|mar|kwi|maj|cze|lip|sie|wrz|paź|lis|gru",
        "poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela",
        "pon|wt|śr|czw|pt|sob|niedz",
        "stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października"
        "|listopada|grudnia",
    ),
    "pt": _names(
        "janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro",
        "jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez",
        "segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|sábado|domingo",
        "seg|ter|qua|qui|sex|sáb|dom",
    ),
    "ro": _names(
        "ianuarie|februarie|martie|aprilie|mai|iunie|iulie|august|septembrie|octombrie|noiembrie"
        "|decembrie",
        "ian|feb|mar|apr|mai|iun|iul|aug|sept|oct|nov|dec",
        "luni|marți|miercuri|joi|vineri|sâmbătă|duminică",
        "lun|mar|mie|joi|vin|sâm|dum",
    ),
    "ru": _names(
        "январь|февраль|март|апрель|май|июнь|июль|август|сентябрь|октябрь|ноябрь|декабрь",
        "янв|фев|мар|апр|май|июн|июл|авг|сен|окт|ноя|дек",
        "понедельник|вторник|среда|четверг|пятница|суббота|воскресенье",
        "Пн|Вт|Ср|Чт|Пт|Сб|Вс",
        "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря",
    ),
    "sk": _names(
        "január|február|marec|apríl|máj|jún|júl|august|september|október|november|december",
        "jan|feb|mar|apr|máj|jún|júl|aug|sep|okt|nov|dec",
        "pondelok|utorok|streda|štvrtok|piatok|sobota|nedeľa",
        "po|ut|st|št|pi|so|ne",
        "januára|februára|marca|apríla|mája|júna|júla|augusta|septembra|októbra|novembra|decembra",
    ),
    "sl": _names(
        "januar|februar|marec|april|maj|junij|julij|avgust|september|oktober|november|december",
        "jan|feb|mar|apr|maj|jun|jul|avg|sep|okt|nov|dec",
        "ponedeljek|torek|sreda|četrtek|petek|sobota|nedelja",
        "pon|tor|sre|čet|pet|sob|ned",
    ),
    "sv": _names(
        "januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december",
        "jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec",
        "måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag",
        "mån|tis|ons|tor|fre|lör|sön",
    ),
    "th": _names(
        "มกราคม|กุมภาพันธ์|มีนาคม|เมษายน|พฤษภาคม|มิถุนายน|กรกฎาคม|สิงหาคม|กันยายน|ตุลาคม|พฤศจิกายน|ธันวาคม",
        "ม.ค.|ก.พ.|มี.ค.|เม.ย.|พ.ค.|มิ.ย.|ก.ค.|ส.ค.|ก.ย.|ต.ค.|พ.ย.|ธ.ค.",
        "จันทร์|อังคาร|พุธ|พฤหัสบดี|ศุกร์|เสาร์|อาทิตย์",
        "จ.|อ.|พ.|พฤ.|ศ.|ส.|อา.",
    ),
    "tr": _names(
        "Ocak|Şubat|Mart|Nisan|Mayıs|Haziran|Temmuz|Ağustos|Eylül|Ekim|Kasım|Aralık",
        "Oca|Şub|Mar|Nis|May|Haz|Tem|Ağu|Eyl|Eki|Kas|Ara",
        "Pazartesi|Salı|Çarşamba|Perşembe|Cuma|Cumartesi|Pazar",
        "Pzt|Sal|Çar|Per|Cum|Cmt|Paz",
    ),
    "uk": _names(
        "січень|лютий|березень|квітень|травень|червень|липень|серпень|вересень|жовтень|листопад"
        "|грудень",
        "січ|лют|бер|кві|тра|чер|лип|сер|вер|жов|лис|гру",
        "понеділок|вівторок|середа|четвер|п'ятниця|субота|неділя",
        "Пн|Вт|Ср|Чт|Пт|Сб|Нд",
        "січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня",
    ),
    "vi": _names(
        _VIETNAMESE_MONTHS,
        _VIETNAMESE_MONTHS,
        "thứ Hai|thứ Ba|thứ Tư|thứ Năm|thứ Sáu|thứ Bảy|Chủ Nhật",
        "T2|T3|T4|T5|T6|T7|CN",
    ),
    "zh": _names(
        "一月|二月|三月|四月|五月|六月|七月|八月|九月|十月|十一月|十二月",
        _EAST_ASIAN_MONTHS,
        "星期一|星期二|星期三|星期四|星期五|星期六|星期日",
        "周一|周二|周三|周四|周五|周六|周日",
    ),
}

# The first day of each era of Japan, and its name, whole, short and as a letter.
_ERAS = (
    (datetime.date(2019, 5, 1), ("R", "令", "令和")),
    (datetime.date(1989, 1, 8), ("H", "平", "平成")),
    (datetime.date(1926, 12, 25), ("S", "昭", "昭和")),
    (datetime.date(1912, 7, 30), ("T", "大", "大正")),
    (datetime.date(1868, 1, 25), ("M", "明", "明治")),
)


def era_of(day: datetime.date) -> tuple[tuple[str, str, str], int]:
    """Return the names of a day's era in Japan, as ``g``, ``gg`` and ``ggg``, and its year."""
    start, names = next(era for era in _ERAS if day >= era[0])
    return names, day.year - start.year + 1
