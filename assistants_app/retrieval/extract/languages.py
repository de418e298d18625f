"""What texts in each language look like: their letters, most frequent first, and their short words.

The encoding of a text without a mark is the one in which its letters make sense in some language
(``legacy.py``).
"""

from typing import NamedTuple

WESTERN = ("cp1252", "iso8859_15", "cp850", "mac_roman")
CENTRAL = ("cp1250", "iso8859_2", "cp852", "mac_latin2")
BALTIC = ("cp1257", "iso8859_13", "iso8859_4")
TURKISH = ("cp1254", "cp857", "mac_turkish")
CYRILLIC = ("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866", "mac_cyrillic")
GREEK = ("cp1253", "iso8859_7", "cp737", "mac_greek")
HEBREW = ("cp1255", "iso8859_8", "cp862")
ARABIC = ("cp1256", "iso8859_6")


class Language(NamedTuple):
    """An alphabet beyond ASCII in lower case, the most frequent short words, and encodings."""

    name: str
    letters: str
    words: str
    encodings: tuple[str, ...]


ALPHABETS = (
    Language(
        "English",
        "éïèñö",
        "the of and to in is that for it with as on are be this not by from",
        WESTERN,
    ),
    Language(
        "German",
        "üäöß",
        "der die und das ist nicht ein eine für mit von zu auf über den im sich",
        WESTERN,
    ),
    Language(
        "French",
        "éèàêçôûùîâëïœæ",
        "le la les de des et un une est à en du que qui pour dans sur pas été où ce il l d",
        WESTERN,
    ),
    Language(
        "Spanish",
        "óáíéñúü",
        "el la los de que y en un una es por con para más está se del no al su",
        WESTERN,
    ),
    Language(
        "Portuguese",
        "ãçáéêíóõúâàô",
        "o a os as de que e do da em um uma não para com por é no na mais",
        WESTERN,
    ),
    Language(
        "Italian",
        "àèùòéìî",
        "il la di che e un una per non è con del sono più in da le si perché",
        WESTERN,
    ),
    Language(
        "Catalan",
        "àéèíóòçúï·ü",
        "el la els les de i que en un una és amb per no més del al",
        WESTERN,
    ),
    Language(
        "Dutch",
        "ëéïöèüê",
        "de het een en van is dat niet met voor zijn op te geen één ook",
        WESTERN,
    ),
    Language(
        "Swedish",
        "äåöé",
        "och att det är en som på för av med den inte har till ett kan när",
        WESTERN,
    ),
    Language(
        "Danish",
        "åøæéö",
        "og at det er en på for av med til ikke har den som der jeg når også",
        WESTERN,
    ),
    Language(
        "Finnish",
        "äöå",
        "ja on ei se että ovat oli mutta kun myös hän tai ole niin mitä nyt",
        WESTERN,
    ),
    Language(
        "Icelandic",
        "áðíéúóþæöý",
        "og að er í á ekki það sem við til um en var ég hann með fyrir",
        WESTERN,
    ),
    Language(
        "Irish", "áéíóú", "agus an na ar is i le ag do go tá sé bhí níl leis mé seo ó", WESTERN
    ),
    Language(
        "Albanian",
        "ëç",
        "dhe të në një për me që nga është si ka do nuk u e i së",
        WESTERN + CENTRAL,
    ),
    Language(
        "Polish",
        "łąęóżśćńź",
        "i w na z że się nie to do jest jak o po za od przez dla są był",
        CENTRAL,
    ),
    Language(
        "Czech",
        "íáéýěřžščůúťďňó",
        "a v se na je že to s z do o i k ve by jsem jako pro za po",
        CENTRAL,
    ),
    Language(
        "Slovak",
        "áíéčýžšúľťôňďóäĺŕ",
        "a v sa na je že to s z do o i k vo by som ako pre za po nie",
        CENTRAL,
    ),
    Language(
        "Hungarian",
        "éáöóőüíúű",
        "a az és hogy nem egy is van ez meg de csak volt már ha mint el",
        CENTRAL,
    ),
    Language(
        "Croatian",
        "čšžćđ",
        "i u je na se da za su od s o ne to kao ali biti sam što in v ki",
        CENTRAL,
    ),
    Language(
        "Romanian",
        "ăîşâţșț",
        "și şi de la în a cu pe nu că este un o din care mai pentru se",
        (*CENTRAL, "iso8859_16"),
    ),
    Language(
        "Turkish",
        "ıüşğöçİîâ",
        "ve bir bu da de için ile çok olarak ne daha gibi en ama var",
        TURKISH,
    ),
    Language(
        "Lithuanian",
        "ėšųžįąčūę",
        "ir yra kad tai su į iš o ne kaip bet už jis apie ar prie po",
        BALTIC,
    ),
    Language(
        "Latvian", "āīšēņūļžģķč", "un ir ka ar no uz par tas bet kā arī lai ne es to pie", BALTIC
    ),
    Language(
        "Estonian",
        "äõüöšž",
        "ja on ei et see ka oli ta ning kui aga mis ma või ole siis",
        (*BALTIC, *WESTERN),
    ),
    Language(
        "Vietnamese",
        "áàảãạâấầẩẫậăắằẳẵặéèẻẽẹêếềểễệíìỉĩịóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựýỳỷỹỵđ",
        "và là của có không một cho được các này trong với tôi người những",
        ("cp1258",),
    ),
    Language(
        "Russian",
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        "и в не на что с по это как из за но от для был его её же так все",
        CYRILLIC,
    ),
    Language(
        "Ukrainian",
        "оанивтерісклудмпязьгбчхйцжюшїєщфґ’",
        "і в не на що з по це як до та за від для був його є так й у",
        CYRILLIC,
    ),
    Language(
        "Bulgarian",
        "аоиетнрсвлкдпмзяъгубчцжщйшюфхь",
        "и в не на за се да от по с е са че като но ще си",
        CYRILLIC,
    ),
    Language(
        "Serbian",
        "аоиенртсјукдвмлпбгзчшжхњћцљђфџ",
        "и у је на се да за су од о не то као али што",
        CYRILLIC,
    ),
    Language(
        "Greek",
        "αοιετσνηυρπκμλςωίόάήέδγχύθφώβξζψϊϋΐ",
        "και το η ο να του της με για την από που στο είναι θα τα δεν τον οι",
        GREEK,
    ),
    Language(
        "Hebrew", "יוהלאתרמבשנםדעקחפגכטסזןצךץף", "של את על לא הוא זה עם כל גם אני היא או", HEBREW
    ),
    Language(
        "Arabic",
        "اليمونرتبةعدسفهكقأحجشطصخإىضذثئزغظءؤآ",
        "في من على أن إلى التي عن هذا لا ما مع كان هذه أو",
        ARABIC,
    ),
    Language(
        "Persian",
        "ايرندهموتبسلشکكزگفقخجعپآحطچصضغذثظئژي",
        "و در به از که را این با است برای آن",
        ARABIC,
    ),
    Language(
        "Thai",
        "านรอกเงมยลวดทสตะิ่ี้ัปบคหแจพชขใไโผ์ุูืึ็ถำซธณฟศษญภฐฉฏฮฤฝฆฎฑฒ๊๋ๆฯ๐๑๒๓๔๕๖๗๘๙",
        "",
        ("cp874",),
    ),
)
