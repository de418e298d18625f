"""How likely a reading is as Chinese, Japanese or Korean: frequent characters and words."""

import functools
import itertools
import re
from collections.abc import Mapping

# Logarithms of probabilities, as in ``legacy.py``.
BROKEN = -20.0
PUNCTUATION, SYMBOL = -5.3, -7.0
# What numbers in tables count.
DAILY, COUNTED = frozenset("年月日时時円元分个個号號"), -5.5
SYMBOLS = frozenset("“”‘’—…·×℃°→←↑↓○●◎△▲□■☆★◆◇※〒")
# Two neighbors of a frequent word, a letter of another width beside a Latin one or alone, and a
# character between small Latin letters.
PAIR, OTHER_WIDTH_ASIDE, WITHIN_LATIN = 4.0, -8.0, -4.0
LATIN = "aA"
# A half-width mark of a voiced sound after a letter that has none.
WRONG_MARK = re.compile("[^ｳｶ-ﾄﾊ-ﾎ]ﾞ|[^ﾊ-ﾎ]ﾟ")
# The characters of these words follow each other more often than chance has it.
WORDS = {
    "japanese": """
        領収書 請求書 見積書 納品書 注文書 合計 小計 消費税 税込 税抜 単価 数量 金額 品名 品番
        備考 氏名 住所 電話番号 郵便番号 生年月日 性別 年齢 会社名 部署 担当者 顧客名 株式会社
        有限会社 東京都 大阪府 京都府 北海道 神奈川県 埼玉県 千葉県 愛知県 福岡県 兵庫県 横浜市
        名古屋 札幌市 髙橋 高橋 佐藤 鈴木 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口
        松本 井上 木村 斎藤 﨑 太郎 花子 一郎 日付 年月日 令和 平成 昭和 商品名 商品 在庫 売上
        仕入 発注 納期 支払 契約書 議事録 報告書 会議 資料 御中 様 お願い ありがとう ございます
        です ます した して ください している について こちら フリガナ カナ ﾌﾘｶﾞﾅ ﾀﾅｶ ﾃｽﾄ ﾃﾞｰﾀ ｼﾒｲ
        ｼﾞｭｳｼｮ ﾔﾏﾀﾞ ﾀﾛｳ ﾄｳｷｮｳ ｽｽﾞｷ ｻﾄｳ ﾊﾅｺ ｺｰﾄﾞ ｶﾌﾞｼｷｶﾞｲｼｬ ｷﾝｶﾞｸ ﾆｯﾎﾟﾝ ｵｵｻｶ ﾒｲ ﾅﾏｴ ﾃﾞﾝﾜ ①② ②③ ③④
        削除 追加 変更 入力 選択 必須 利用者 設定 表示 整数 文字列 登録 登録日 更新日 作成日 検索
        保存 戻る 送信 確認 画面 名前 時間 時刻 曜日 月曜日 火曜日 水曜日 木曜日 金曜日 土曜日
        日曜日 午前 午後 今日 明日 昨日 来月 弊社 御社 下記 以下 上記 場合 必要 可能 情報 内容
        方法 理由 連絡 先日 世話 製品 製造 部品 工場 機械 技術 開発 管理 経理 総務 営業 人事 部長
        課長 社長 取締役 代表 数値 番号 種類 合格 試験 学校 学生 大学 病院 患者 診察 新幹線 空港
        駅前 銀行 支店 口座 振込 手数料 値引 割引 送料 配送 到着 出荷 納入 予約 宿泊 料理 弁当
        牛乳 野菜 果物 お茶 日本 日本語 日本国 英語 中国 韓国 米国 なお また ため から まで もの
        こと これ それ ここ ない なりました おります いただき ご確認 ませんでした
        ｶﾅｶﾞﾜ ｻｲﾀﾏ ﾁﾊﾞ ﾌｸｵｶ ﾎｯｶｲﾄﾞｳ ｶﾜｻｷ ﾖｺﾊﾏ ﾅｺﾞﾔ ｷｮｳﾄ
        ﾋﾛｼﾏ ｺｳﾍﾞ ﾐﾔｷﾞ ﾀｶﾊｼ ｲﾄｳ ﾜﾀﾅﾍﾞ ﾔﾏﾓﾄ ﾅｶﾑﾗ ｺﾊﾞﾔｼ
        ｶﾄｳ ﾖｼﾀﾞ ﾏﾂﾓﾄ ﾌﾘｺﾐ ｷﾞﾝｺｳ ｼﾃﾝ ﾌﾂｳ ｺｳｻﾞ ｼｮｳﾋﾝ
        ｽｳﾘｮｳ ﾀﾝｶ ｺﾞｳｹｲ
        """,
    "simplified": """
        订单 合同 发票 收据 合计 总计 小计 单价 数量 金额 名称 产品 商品 备注 姓名 地址 电话 邮编
        出生日期 性别 年龄 公司 有限公司 部门 客户 供应商 北京市 上海市 广州市 深圳市 天津市
        重庆市 成都市 杭州市 南京市 武汉市 西安市 张伟 王芳 李娜 刘洋 陈静 杨 赵 黄 周 吴 日期
        年月日 库存 销售 采购 付款 用户 密码 修改 删除 添加 输入 选择 必填 错误 页面 请输入 至少
        人民币 你好 谢谢 中国 身份证 手机 显示 启用 停用 禁用 状态 时间 登录 注册 保存 取消 确定
        提交 查询 搜索 设置 管理 系统 信息 内容 文件 下载 上传 打印 导出 导入 表格 编号 序号 规格
        型号 类型 类别 描述 说明 单位 开始 结束 完成 今天 明天 昨天 星期 星期一 上午 下午 中午
        午夜 一月 二月 五月 十月 十二月 我们 你们 他们 这个 那个 什么 怎么 没有 可以 不能 已经
        如果 因为 所以 但是 或者 以及 以下 以上 其中 需要 必须 进行 使用 通过 关于 对于 北京 上海
        广东 浙江 江苏 山东 四川 湖南 湖北 人民 共和国 银行 账号 帐户 开户 税号 纳税人 识别号
        增值税 专用 普通 报价单 采购单 送货单 装箱单 牛奶 面包 鸡蛋 苹果 大米 蔬菜 茶叶 咖啡 学生
        老师 学校 大学 医院 医生 整数 日元 美元 欧元 英语 德语 法语 俄语 语言 链接 标题 作者
        """,
    "traditional": """
        訂單 合約 發票 收據 合計 總計 小計 單價 數量 金額 名稱 產品 商品 備註 姓名 地址 電話
        郵遞區號 性別 年齡 公司 有限公司 部門 客戶 供應商 臺北市 台北市 臺北 台北 新北市 桃園市
        臺中市 臺南市 高雄市 香港 九龍 臺灣 台灣 陳大文 林志明 黃美玲 張 李 王 日期 庫存 銷售 採購
        付款 使用者 密碼 修改 刪除 新增 輸入 選擇 必填 錯誤 頁面 請輸入 至少 你好 謝謝 身分證 手機
        業務部 顯示 啟用 停用 狀態 時間 登入 登出 註冊 儲存 取消 確定 提交 查詢 搜尋 設定 管理
        系統 資訊 內容 檔案 下載 上傳 列印 匯出 匯入 表格 編號 序號 規格 型號 類型 類別 描述 說明
        單位 開始 結束 完成 今天 明天 昨天 星期 星期一 上午 下午 中午 午夜 一月 二月 五月 十月
        十二月 我們 你們 他們 這個 那個 什麼 怎麼 沒有 可以 不能 已經 如果 因為 所以 但是 或者
        以及 以下 以上 其中 需要 必須 進行 使用 透過 關於 對於 統一編號 營業稅 報價單 採購單
        出貨單 銀行 帳號 戶名 分行 匯款 牛奶 麵包 雞蛋 蘋果 白米 蔬菜 茶葉 咖啡 學生 老師 學校
        大學 醫院 醫生 整數 計數 圖像 圖片 語言 英語 德語 法語 俄語 日語 連結 標題 作者 更新 元
        新臺幣 郵局 路 巷 弄 號 樓 彰化 新竹 嘉義 屏東 宜蘭 花蓮 臺東 基隆 將軍澳 旺角 尖沙咀
        """,
    "korean": """
        이름 주소 전화번호 회사 부서 고객 주문 제품 상품 수량 가격 금액 합계 날짜 서울 부산 대구
        인천 광주 대전 김철수 이영희 박 최 정 합니다 습니다 입니다 있습니다 알겠습니다 감사합니다
        안녕하세요 네 그리고 영수증 견적서 계약서 세금계산서 사용자 비밀번호 변경 삭제 추가 입력
        선택 필수 오류 페이지 주세요 표시 상태 시간 로그인 저장 취소 확인 제출 검색 설정 관리
        시스템 정보 내용 파일 다운로드 업로드 인쇄 번호 규격 유형 종류 설명 단위 시작 종료 완료
        오늘 내일 어제 월요일 화요일 수요일 목요일 금요일 토요일 일요일 오전 오후 자정 우리 저희
        그러나 하지만 또는 이하 이상 필요 사용 통해 대한 허가 권한 계좌 은행 사업자 등록번호
        부가가치세 견적 납품 발주 우유 빵 달걀 사과 쌀 커피 학생 선생님 학교 대학교 병원 정수 워크
        패키지 컴퓨터 인터넷 프로그램 튜토리얼 애플리케이션 텍스트 백만 천만 십억 조 달러 유로
        한국어 영어 일본어 중국어 독일어 프랑스어 러시아어 스페인어 제목 작성자 추가되었습니다
        변경되었습니다 삭제되었습니다 하십시오 않습니다 없습니다 됩니다 때문에 홍길동 최민수
        정수진 강남구 종로구 경기도 수원시
        """,
}
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


def ideographic(
    counts: Mapping[tuple[str, str], int], threes: Mapping[str, int], kind: str
) -> float:
    """Return the score of the characters beyond ASCII as text of a kind, such as "japanese".

    `counts` has the characters with the kinds of their neighbors, `threes` with the neighbors.
    """
    pairs = _pairs(kind)
    total = PAIR * sum(count for three, count in threes.items() if three[1:] in pairs)
    for (char, context), count in counts.items():
        total += _character(char, kind) * count
        aside = context[1] in LATIN or context[2] in LATIN or context[1:] == "--"
        if "\uff21" <= char <= "\uff9f" and aside:
            total += OTHER_WIDTH_ASIDE * count
        elif context[1:] == "aa":
            total += WITHIN_LATIN * count
    wrong = sum(count for three, count in threes.items() if WRONG_MARK.match(three))
    return total + wrong * OTHER_WIDTH_ASIDE


@functools.cache
def _pairs(kind: str) -> frozenset[str]:
    words = WORDS[kind].split()
    return frozenset("".join(pair) for word in words for pair in itertools.pairwise(word))


@functools.cache
def _common(kind: str) -> frozenset[str]:
    characters = {
        "simplified": SIMPLIFIED,
        "traditional": TRADITIONAL,
        "japanese": KANJI,
        "korean": HANGUL,
    }
    return frozenset(characters[kind] + "".join(WORDS[kind].split()))


@functools.lru_cache(maxsize=32_768)
def _character(char: str, kind: str) -> float:
    if char == "\ufffd":
        return BROKEN
    if "\u3000" <= char <= "\u303f" or "\uff01" <= char <= "\uff60":
        return PUNCTUATION
    if char in SYMBOLS:
        return SYMBOL
    if char in DAILY and kind != "korean":
        return COUNTED
    if kind == "japanese":
        return _japanese(char)
    if kind == "korean":
        return _korean(char)
    if char in _common(kind):
        return -6.2
    if kind == "simplified":
        return _by_level(char, "gb2312", (0xB0, 0xD7))
    return _by_level(char, "big5", (0xA4, 0xC6))


def _japanese(char: str) -> float:
    if "\u3041" <= char <= "\u3096":
        return -4.8
    if "\u30a1" <= char <= "\u30fc":
        return -5.5
    if "\uff61" <= char <= "\uff9f":
        return -5.0
    # Numbers in circles, and the additions of NEC to the standard.
    if "\u2460" <= char <= "\u2473" or char in "№℡㈱㈲㍻㎡㎏㎝㎜":
        return -6.5
    if char in _common("japanese"):
        return -7.0
    return _by_level(char, "euc_jp", (0xB0, 0xCF)) - 1.0


def _korean(char: str) -> float:
    if char in _common("korean"):
        return -5.6
    if "\uac00" <= char <= "\ud7a3":
        # The standard of 1987 has the 2,350 syllables that texts use.
        return -9.0 if 0xB0 <= _lead_byte(char, "euc_kr") <= 0xC8 else -12.0
    return -13.0


def _by_level(char: str, encoding: str, first: tuple[int, int]) -> float:
    """Rate a character by whether its national standard has it on the level in everyday use."""
    lead = _lead_byte(char, encoding)
    if char > "\uffff":
        return BROKEN  # beyond the characters that any older encoding has
    if not "\u4e00" <= char <= "\u9fff":
        return -12.0
    if first[0] <= lead <= first[1]:
        return -10.0
    return -12.6 if lead else -15.0


def _lead_byte(char: str, encoding: str) -> int:
    try:
        return char.encode(encoding)[0]
    except UnicodeEncodeError:
        return 0
