"""What texts in each language look like: their letters, most frequent first, and their short words.

The encoding of a text without a mark is the one in which its letters make sense in some language
(``legacy.py``).
"""

from typing import NamedTuple

WESTERN = ("cp1252", "iso8859_15", "cp850", "mac_roman")
CENTRAL = ("cp1250", "iso8859_2", "cp852")
BALTIC = ("cp1257", "iso8859_13", "iso8859_4")
TURKISH = ("cp1254", "cp857")
CYRILLIC = ("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866", "mac_cyrillic")
GREEK = ("cp1253", "iso8859_7", "cp737")
HEBREW = ("cp1255", "iso8859_8", "cp862")
ARABIC = ("cp1256", "iso8859_6")


class Language(NamedTuple):
    """An alphabet beyond ASCII in lower case, the most frequent short words, and encodings."""

    letters: str
    words: str
    encodings: tuple[str, ...]


ALPHABETS = (
    Language(
        "éïèñö", "the of and to in is that for it with as on are be this not by from", WESTERN
    ),
    Language(
        "üäöß", "der die und das ist nicht ein eine für mit von zu auf über den im sich", WESTERN
    ),
    Language(
        "éèàêçôûùîâëïœæ",
        "le la les de des et un une est à en du que qui pour dans sur pas été où ce il l d",
        WESTERN,
    ),
    Language(
        "óáíéñúü", "el la los de que y en un una es por con para más está se del no al su", WESTERN
    ),
    Language(
        "ãçáéêíóõúâàô", "o a os as de que e do da em um uma não para com por é no na mais", WESTERN
    ),
    Language(
        "àèùòéìî", "il la di che e un una per non è con del sono più in da le si perché", WESTERN
    ),
    Language("àéèíóòçúï·ü", "el la els les de i que en un una és amb per no més del al", WESTERN),
    Language("ëéïöèüê", "de het een en van is dat niet met voor zijn op te geen één ook", WESTERN),
    Language("äåöé", "och att det är en som på för av med den inte har till ett kan när", WESTERN),
    Language(
        "åøæéö", "og at det er en på for av med til ikke har den som der jeg når også", WESTERN
    ),
    Language("äöå", "ja on ei se että ovat oli mutta kun myös hän tai ole niin mitä nyt", WESTERN),
    Language(
        "áðíéúóþæöý", "og að er í á ekki það sem við til um en var ég hann með fyrir", WESTERN
    ),
    Language("áéíóú", "agus an na ar is i le ag do go tá sé bhí níl leis mé seo ó", WESTERN),
    Language("ëç", "dhe të në një për me që nga është si ka do nuk u e i së", WESTERN + CENTRAL),
    Language(
        "łąęóżśćńź", "i w na z że się nie to do jest jak o po za od przez dla są był", CENTRAL
    ),
    Language(
        "íáéýěřžščůúťďňó", "a v se na je že to s z do o i k ve by jsem jako pro za po", CENTRAL
    ),
    Language(
        "áíéčýžšúľťôňďóäĺŕ", "a v sa na je že to s z do o i k vo by som ako pre za po nie", CENTRAL
    ),
    Language(
        "éáöóőüíúű", "a az és hogy nem egy is van ez meg de csak volt már ha mint el", CENTRAL
    ),
    Language("čšžćđ", "i u je na se da za su od s o ne to kao ali biti sam što in v ki", CENTRAL),
    Language(
        "ăîşâţșț",
        "și şi de la în a cu pe nu că este un o din care mai pentru se",
        (*CENTRAL, "iso8859_16"),
    ),
    Language("ıüşğöçîâ", "ve bir bu da de için ile çok olarak ne daha gibi en ama var", TURKISH),
    Language("ėšųžįąčūę", "ir yra kad tai su į iš o ne kaip bet už jis apie ar prie po", BALTIC),
    Language("āīšēņūļžģķč", "un ir ka ar no uz par tas bet kā arī lai ne es to pie", BALTIC),
    Language(
        "äõüöšž", "ja on ei et see ka oli ta ning kui aga mis ma või ole siis", (*BALTIC, *WESTERN)
    ),
    Language(
        "áàảãạâấầẩẫậăắằẳẵặéèẻẽẹêếềểễệíìỉĩịóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựýỳỷỹỵđ",
        "và là của có không một cho được các này trong với tôi người những",
        ("cp1258",),
    ),
    Language(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        "и в не на что с по это как из за но от для был его её же так все",
        CYRILLIC,
    ),
    Language(
        "оанивтерісклудмпязьгбчхйцжюшїєщфґ’",
        "і в не на що з по це як до та за від для був його є так й у",
        CYRILLIC,
    ),
    Language(
        "аоиетнрсвлкдпмзяъгубчцжщйшюфхь",
        "и в не на за се да от по с е са че като но ще си",
        CYRILLIC,
    ),
    Language(
        "аоиенртсјукдвмлпбгзчшжхњћцљђфџ", "и у је на се да за су од о не то као али што", CYRILLIC
    ),
    Language(
        "αοιετσνηυρπκμλςωίόάήέδγχύθφώβξζψϊϋΐ",
        "και το η ο να του της με για την από που στο είναι θα τα δεν τον οι",
        GREEK,
    ),
    Language("יוהלאתרמבשנםדעקחפגכטסזןצךץף", "של את על לא הוא זה עם כל גם אני היא או", HEBREW),
    Language(
        "اليمونرتبةعدسفهكقأحجشطصخإىضذثئزغظءؤآ",
        "في من على أن إلى التي عن هذا لا ما مع كان هذه أو",
        ARABIC,
    ),
    Language("ايرندهموتبسلشکكزگفقخجعپآحطچصضغذثظئژي", "و در به از که را این با است برای آن", ARABIC),
    Language(
        "านรอกเงมยลวดทสตะิ่ี้ัปบคหแจพชขใไโผ์ุูืึ็ถำซธณฟศษญภฐฉฏฮฤฝฆฎฑฒ๊๋ๆฯ๐๑๒๓๔๕๖๗๘๙",
        "",
        ("cp874",),
    ),
)
# The most frequent characters of Chinese, Japanese and Korean texts, tables and letters.
SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行"
    "所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力"
    "它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产"
    "新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认"
    "条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保"
    "号价格姓客户订单货款账期额备注编码地址联系数量商品库存合计税万元元产品销售价名称日期男女城市北京上海广州张李王"
    "好吗谢请您员部门司限公票据资料财务经理职务项目电话邮箱省区县街路店网发货入出库单位规格型年龄学校班级成绩"
)
TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行"
    "所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力"
    "它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產"
    "新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認"
    "條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保"
    "號價格姓客戶訂單貨款帳額備註編碼地址聯繫數量商品庫存合計稅萬元產品銷售名稱日期男女城市臺台北京灣高雄陳林黃"
    "好嗎謝請您員部門司限公票據資料財務經理職務項目電話郵箱省區縣街路店網發貨入出庫單位規格型年齡學校班級成績"
)
KANJI = (
    "日一国会人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水"
    "半男西電校語土木聞食車何南万毎白天母火右読友左休父雨社者自事地方新場部手発分同全定業当明理体動目作力実物所"
    "性内度通不主代対法問要関用政民連開的市家機合公立意経化第以戦相表最現回保多世面数文平野思加制約取題議海安道"
    "心員建受特教考原成位強元引利口指品在庫価格数量単価合計税込備考注文番号商品名商店株式会社様御請求書住所電話担当"
    "氏名東京都大阪府京都市県区町村春夏秋冬赤青白黒緑茶鶴亀花鳥風光音声紙箱箇個枚本冊点台売買支店倉客便送料済未完了"
    "議事録報告結果項目種類別社員給与計算税率割引値段期間開始終了予定実績比較前残高振込銀行口座契約書類条件確認願致"
    "田川島藤佐木村林井太郎千代区丁目橋浜横港福岡広神奈愛知兵庫顧様鈴渡辺伊加松和子美恵由香健一浩之"
)
HANGUL = (
    "이다는의에을가고하를은지도한사로기어아대자서리시나으인그일수해정들라부상있게보장전제과여주원만면소니안마스구"
    "조연교것없비선거성우공무적내생국제미문학같세각경었중동관진하실신제방트김금명모년분치회계할업유간체영말물때될"
    "더위통화려까저오와양목호습했개강민박최재단건용행려르든번품상품명수량가격합계재고서울부산대한민국주문고객전화번호주소"
    "않았던데입음력식월된심결러쓰씨산청천반달날길발음집차책점판평표형후"
)
