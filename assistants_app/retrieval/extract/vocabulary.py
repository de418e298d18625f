"""Words of everyday files in languages with Latin letters: headings, names, towns and verbs.

They were chosen for their letters beyond ASCII, so that most pairs of such a letter and a neighbor
occur. ``legacy.py`` looks for these words, and for their pairs of letters in other words.
"""

LATIN_WORDS = {
    "English": """
        café résumé résumés naïve façade fiancé fiancée cliché jalapeño piñata zoë chloë noël
        élite déjà touché coöperate entrée matinée née protégé soufflé sauté purée rosé crème
        brûlée señor señorita angström ångström smörgåsbord doppelgänger über name city price date
        amount address phone number total customer order company street country quantity item
        beyoncé andré josé renée desirée rené brontë citroën nestlé pokémon
        """,
    "German": """
        für über größe straße müller köln münchen zürich düsseldorf nürnberg würzburg österreich
        übung äpfel öfen söhne größer schön können müssen möchte hätte wäre während später länger
        mädchen männer häuser bücher tür gemüse käse brötchen süß heiß weiß groß gruß grüße fuß
        maß schließen außerdem gemäß ärger ändern änderung ähnlich öffnen öffentlich übersicht
        überall übergröße verfügbar ungültig gültig möglich nötig nächste täglich jährlich prüfen
        prüfung rückgabe zurück stück schlüssel rechnung betrag menge preis artikel stadt name
        vorname nachname geburtstag bestätigen löschen auswählen wählen einträge einfügen benötigt
        enthält gehört fällt hält trägt läuft jörg jürgen björn günter schröder schäfer schäden
        krämer köhler böhm könig kühn günther käthe lübeck göttingen tübingen österreichisch
        größte läge mwst gebühr gebühren währung büro geschäft geschäftsführer kündigung verträge
        dürfen fünf zwölf märz bär daß muß spaß gießen grösse französisch dänisch römisch häufig
        kräftig
        """,
    "French": """
        été être même où déjà après très père mère frère sœur cœur œuvre œuf bœuf vœu nœud élève
        école étudiant prénom âge ville français française françois garçon leçon reçu façon ça
        années année créer créé créée modifié modifiée supprimé supprimée sélectionné sélectionnée
        élément éléments données numéro téléphone adresse quantité référence libellé prix
        désignation société clé clés côté hôtel hôpital forêt fête tête bête prêt intérêt dîner
        maître île août goût coût sûr mûr noël citroën haïti naïf égoïste maïs événement février
        décembre rené andré zoé chloé léa agnès hélène irène geneviève jérôme benoît stéphane
        sébastien gaëlle anaïs besançon orléans sète nîmes alençon mâcon béziers angoulême évry
        épinal étienne échéance état équipe évaluation règlement problème deuxième troisième
        système modèle thème mètre lumière première dernière entrée sortie à là voilà voici tâche
        pâte gâteau château bâtiment crème règle réponse répondre réservé vérifier préféré général
        métal arrêté enquête fenêtre montréal québec genève liège ils étaient étais étions
        présente préparé écrit élu épée vôtre nôtre rôle contrôle chaîne connaître paraître
        apparaît plaît aîné brûler affût déçu aperçu mélange égal propriété activité sécurité
        autorisée désolé nécessaire caractères
        """,
    "Spanish": """
        año años españa español española señor señora niño niña mañana pequeño tamaño contraseña
        baño montaña peña muñoz núñez ibáñez castaño qué cómo dónde cuándo también más está están
        aquí allí así después según país día días sí él número teléfono dirección código
        descripción información población estación opción sección versión sesión acción categoría
        compañía garcía maría lucía sofía martín joaquín ramón simón jesús andrés josé rodríguez
        gonzález fernández lópez pérez gómez sánchez martínez jiménez díaz hernández álvarez
        ramírez gutiérrez málaga córdoba cádiz cáceres ávila león méxico perú panamá bogotá
        medellín asunción último única artículo artículos página páginas público máximo mínimo
        teléfonos crédito débito café inglés francés alemán interés través pingüino vergüenza
        cigüeña antigüedad nombre ciudad apellido precio fecha cantidad cliente correo electrónico
        válido válida será podrá tendrá árbol azúcar fácil difícil útil área éxito índice órgano
        éste miércoles sábado próximo camión razón corazón añadir señal otoño dueño campaña
        acompañar permítame eliminó cambió pasó quién raíz baúl
        """,
    "Portuguese": """
        não são joão pão mão maçã irmã irmão manhã cão avó avô você vocês é está também até já só
        então ção ações informação informações população estação opção opções versão sessão
        questão coração razão nação nações construção função funções endereço preço preços serviço
        serviços março força cabeça criança crianças começar começo almoço açúcar lições padrão
        botão cartão cartões milhão milhões paixão verão alemão limão grão capitão sebastião
        conceição assunção cidade nome sobrenome telefone número código descrição quantidade
        cliente valor data país paulo silva souza josé andré antônio antónio fábio flávio márcio
        mônica cláudia patrícia letícia luís luísa vitória gonçalves magalhães guimarães simões
        inês américa brasília goiânia florianópolis belém maceió cuiabá paraná ceará amapá
        maranhão piauí rondônia espírito santo niterói ribeirão maringá évora setúbal bragança
        portugal português portuguesa inglês francês mês três água área época último única válido
        página usuário usuários mínimo máximo possível disponível necessário horário salário fácil
        difícil saúde ônibus êxito âmbito ângulo pêssego exército câmera lâmpada câmbio ciência
        agência à às após atrás através será estará poderá põe põem mães pães corações obrigação
        alteração seleção ação avião região feijão reunião conexão decisão exceção exclusão nós
        vós pôr contém mantém porém alguém ninguém armazém amanhã romã atenção pagamento
        estão têm
        """,
    "Italian": """
        è perché città più già può così però università attività qualità quantità società libertà
        verità novità realtà possibilità età metà là lì sì né sé giù virtù gioventù lunedì martedì
        mercoledì giovedì venerdì caffè tè sarà avrà potrà dovrà andrò farò finché poiché cioè
        benché affinché nome cognome indirizzo prezzo data numero telefono comune cap provincia
        niccolò forlì cantù comunità capacità priorità identità località proprietà fedeltà ciò
        perù pietà papà menù ragù tribù stata mezzanotte dirà verrà
        """,
    "Catalan": """
        és també més però què això açò només català catalunya barcelona lleó josé núria mònica
        àngel garcía pàgina número telèfon adreça codi població informació opció secció
        contrasenya correu llengua plaça força façana feliç començar il·lusió col·legi excel·lent
        paral·lel il·lustració intel·ligent cancel·lar país països ràpid fàcil àrea últim únic
        vàlid vàlida música públic girona lleida gràcies després està aquí allà demà dóna mà sóc
        qüestió qüestions ajuda següent següents llarg gener març preu ciutat nom cognom data
        quantitat usuària possible introduïu canviï suprimeixi nombre caràcters mínim màxim raó
        camió aniversari històric històrics
        """,
    "Dutch": """
        één ideeën coördinator financiële crisis café categorieën beëindigen België belgië zoë
        reünie coördinatie geïnteresseerd geïnstalleerd geüpload geëxporteerd gecreëerd oceaan
        tweeëntwintig drieëntwintig categorie knieën zeeën poëzie ruïne egoïst heroïne naïef
        efficiënt patiënt patiënten cliënt ingrediënten italië spanje azië indonesië australië hè
        blèren crème vóór officiële speciële materiële prijs naam stad straat bedrag datum aantal
        klant bestelling wachtwoord gebruiker overzicht ongeldig coëfficiënt creëren variëren
        oriëntatie prioriteit initiële zoëven daniël michaël joël andré rené kopiëren
        """,
    "Swedish": """
        är för på när här där får går står så två också från många måste språk språket år åtta åre
        malmö göteborg örebro ängelholm östersund umeå luleå gävle västerås linköping jönköping
        norrköping helsingør räksmörgås åsa åke göran sören björn märta östen böcker öl fåglar
        häst sjö ö köp köpa kött smör bröd grön röd blå svår lösenord användare lägg lägga ändra
        ändringar värde välj välja följande försök försöka rätt fält fältet giltig giltigt ange
        större än över under ännu ändå även äga äpple ägg älska älg först före företag förnamn
        namn stad pris belopp datum adress gåva kära säga säger gör göra höger vänster mån tisdag
        lördag söndag händelse ställe städer män kvinnor låg låt råd tåg båt mål häromdagen hjälp
        sätt vår våra åtgärd återställ återställa ört önskar östra gård anmälan betalning tjänst
        """,
    "Danish": """
        på også når så år måske få får gå går stå står må måned fået gået både språk åse åge ål ø
        øen øl ør over før først større søn søndag lørdag køb købe køber grøn rød rødgrød fløde
        smør smørrebrød brød kød dør hør gør gøre spørge spørgsmål følgende følge følger tømme løg
        løs øyvind øystein bjørn søren jørgen jørn øst østre tromsø bodø hønefoss ålesund ærø ære
        ærlig ærter æble æg være været nær lærer læse kær hjælp vælg vælge værdi værdier første
        færdig ændre ændringer ændring tæt træ sæt sætte måde ærede københavn århus ålborg aalborg
        helsingør køln næste næstved sønderjylland præcis gældende ugyldig gyldig adgangskode
        bruger navn by pris beløb dato adresse vår våre høyre gjør dager språket bære kjære ærend
        sjø sjøen øy øya fjæra nå slå åpen åpne løp løpe følg ås område områder blå blåbær påske
        næring kø tø mø frø smørbrød nøkkel prøv prøve høy høyde håndtere tilgjengelig påkrevd
        """,
    "Finnish": """
        hyvää päivää päivä mitä että tämä tässä täällä missä hän ei ole myös äiti isä sisään pää
        työ yö tyttö työntekijä käyttäjä käyttäjän käytä nimi päiväys määrä hinta kaupunki osoite
        sähköposti puhelin lähetä lähettää lisää lisätä syötä syöttää näytä näyttää tyhjä väärä
        jyväskylä hämeenlinna järvenpää mäkinen hämäläinen heikkilä mäkelä niemelä ylöjärvi pöytä
        öljy äänet ääni älä älkää ystävä kesä kesäkuu heinäkuu syksyllä jälkeen väri väli kertaa
        ensimmäinen viimeisiä yhtään enää vielä kiitää åland åbo ruotsissa tietää sää säästää
        särki päivitä poistettävä hyväksy yritä pitää pyydä löytää löydy töitä köyhä höyry nähdä
        tehtävä
        """,
    "Icelandic": """
        það þetta þessi þú þeir þær því þó þar þegar þýða við með að ég hægt íslenska ísland
        reykjavík já nei góðan góður dag hús húsið fólk börn börnin maður konur kona nafn
        heimilisfang sími verð borg dagsetning upphæð jón sigurður guðrún þór þóra þorsteinn
        þórarinn ólafur æsa björk björn akureyri ísafjörður hafnarfjörður kópavogur keflavík
        vestmannaeyjar lykilorð notandi síða síður síðan öll allt ný nýr nýtt sláðu skrá skráning
        velja valið vinsamlegast gildi þarf verður ætti æviágrip öðru orð orði íbúð átta níu tíu
        þúsund hæð hæ læra sækja stærð stærri færa yfir út breyta eyða bæta aðgerð aðeins eða
        einnig frá gegnum hér þér mér vísa rétt þrír fjórir
        þing þingvellir þjóð þrjú þorp mosfellsbær garðabær bær bæjar króna krónur mið
        miðvikudagur
        """,
    "Irish": """
        agus tá bhí níl leis mé sé sí é í ó á seo gaeilge éire éireann baile átha cliath gaillimh
        corcaigh fáilte sláinte lá oíche maidin mór óg ólann béal fear bean páiste leabhar bóthar
        ainm uimhir teagmháil seoladh ríomhphost fón teideal dáta contae séamus seán pádraig máire
        síle gráinne áine órla nua uasal úr úrnua cúig céad míle dó trí ceithre ocht déag fiche
        roghnaigh sábháil cuardaigh scríobh léamh éigean chéad tír ceann ciarraí dhún dún
        náisiúnta
        """,
    "Albanian": """
        është dhe të në një për që nga më së shqipëri shqipëria tiranë durrës vlorë shkodër korçë
        çfarë çdo çmimi çaj kështu gjithë gjatë mirë shumë ditë emri qyteti çelës bëj bëhet bën
        krijuar ndryshuar fjalëkalim përdorues përdoruesi përgjigje shtëpi shkollë libër vëlla
        motër
        """,
    "Polish": """
        się są być był była było także też już że czy żeby może można więc jeśli kiedy imię
        nazwisko nazwa ilość wartość cena miasto kraków łódź gdańsk wrocław poznań toruń rzeszów
        białystok częstochowa śląsk świdnica ząbki żory łomża opole wiśniewski wiśniewska
        dąbrowski dąbrowska kowalski zieliński szymański woźniak kozłowski jabłoński król wójcik
        łukasz małgorzata żak żaneta józef stanisław władysław paweł michał rafał mikołaj święta
        środa środę śmietana masło chleb mąka żółty żółta żółtą łódkę zł zażółć gęślą jaźń kawa
        mięso jabłko kupił hasło użytkownik użytkownika użytkownicy godzina dzień dni miesiąc
        październik grudzień wrzesień usuń usunąć zmień zmienić zmiana wartości należy pierwszy
        następny ostatni również proszę dziękuję dziękujemy cześć wszystkie wszystkich książka
        półka półce krzesło stół łóżko źródło źle późno wyjaśnić ćwiczenie ciąg część części
        wiadomość odpowiedź niż mniejszy większy człowiek życie żona mąż córka mężczyzna pieniądze
        ręka głowa góra góry płacić płatność zapłata należność złoty złotych dostępny liczby
        całkowita długość wprowadź wybierz wybrać zawiera zawartość błąd błędny błędy adresów mają
        będzie będą idą nią moją którą który które łącznie łączna ogółem śnieg ślub świat światło
        nowość jakość przesyłka ulica
        śliwka śliwki śledź świeży średni ślusarz środek śrem
        """,
    "Czech": """
        že být byl byla bylo není jsou také této tento můj může možné která který které jméno
        příjmení město počet cena množství částka účel účet úřad únor září říjen červen červenec
        květen leden duben prosinec březen plzeň brno praha děčín žďár jihlava ústí české
        budějovice hradec králové ostrava třebíč přerov kroměříž jiří šárka dvořák dvořáková novák
        nováková svoboda černý černá procházka kučera veselý horák němec pokorný růžička tomáš
        lukáš ondřej matěj zdeněk václav františek luboš žaneta škoda dobrý dobrá den děkuji
        děkujeme posílám fakturu faktura č čp ulice ulici číslo čas častý česky český příliš
        žluťoučký kůň úpěl ďábelské ódy ďas řeka třída středa čtvrtek pátek neděle pondělí úterý
        zboží uživatel uživatele heslo změna změnit změněno smazat přidat přihlásit přihlášení
        odhlásit zadejte vyberte prosím položka položky hodnota hodnotu nejméně nejvýše větší
        menší důležité dům důvod vůz stůl úplný účast ještě dítě děti tělo věc svět místo těší
        západ východ jižní dvůr sůl půl loď teď síť žádné žádost při přes přece před přísný naše
        náš váš váše její jejich již až či což též těch těm ti šťastný chléb mléko máslo rohlík
        hovězí platný neplatný data údaje dva dvě tři čtyři pět šest sedm osm devět deset domů
        domem vše všechno všichni všem angličtina němčina čeština slovenština francouzština žáka
        ženy život řekl řádek řádky dříve hodin zítra včera nelze vyžadováno přesně úplně
        kč úhradě celkem zaplaťte sleva jablečný
        """,
    "Slovak": """
        že byť bol bola bolo nie sú tiež tento môj môže možné ktorý ktorá ktoré meno priezvisko
        mesto počet cena množstvo suma účel účet úrad január február marec apríl máj jún júl
        október košice žilina nitra prešov trenčín banská štiavnica poprad martin bratislava
        ružomberok ľubomír ľudmila ľudovít juraj lukáš tomáš matúš ján jozef mária kováč kováčová
        horváth nováková tóth ďakujem ďakujeme dobrý deň prosím pošlem faktúra číslo ulica súbor
        súbory ďalší ďalšie veľmi veľa veľký ľudia chlieb mlieko maslo kôň stôl vôľa dôležité
        môžete používateľ používateľa heslo zmena zmeniť zmazať pridať prihlásiť odhlásiť zadajte
        vyberte položka položky hodnota väčší menší mäso päť deväť desať pätnásť vŕba mŕtvy stĺp
        dĺžka jabĺk kĺb žiť čas časť žiadny žiadosť správny platný neplatný údaje streda štvrtok
        piatok nedeľa príde prídem večer všetko všetky všetci podľa odstrániť odobrať prepnúť
        pozrieť stránka stránku stránky triediť španielsky anglický ľahký ľavý soľ päťdesiat šesť
        štyri sekundy hodín pred
        """,
    "Hungarian": """
        és hogy nem egy is van volt csak már mint még után között ezért több kell lehet név város
        cím ár mennyiség összeg dátum szám számla telefonszám vevő utca út tér győr pécs szeged
        debrecen székesfehérvár kecskemét nyíregyháza eger szombathely sopron széchenyi petőfi
        kovács szabó tóth nagy horváth varga molnár németh lászló józsef istván gyöngyi zoltán
        gábor péter ágnes éva katalin erzsébet judit tamás ferenc jános györgy andrás lőrinc ödön
        őrs árvíztűrő tükörfúrógép idő nő férfi gyűlés gyűjtő hűtő fűtés tű fű művész művelet
        műszaki működik egyszerű könyv könyvek köszönöm kérem jó jól rossz új régi első utolsó
        következő előző összes törlés módosítás módosított felhasználó jelszó mező mezők érték
        értéke érvényes érvénytelen legyen hozzáadás kötelező őket őszi őt ő csütörtök péntek
        hétfő szerda vasárnap január február március május június július október tej kenyér hús
        sör vaj minőség fizetendő erő szülő szőlő kettő lévő jövő felső külső bővebb nőnek időpont
        előre küldött gyűrű betű
        tűz tűzoltó víz füzet fűszer bő híres sűrű gyümölcs fénykép
        """,
    "Croatian": """
        što već također može možete možda ime prezime grad cijena količina iznos naziv ulica
        poštanski broj račun željko šibenik zagreb split rijeka osijek čakovec požega županja
        đakovo šime đurđica đorđe đuro čović marković petrović jovanović horvat kovačević babić
        marić jurić novak božić perić radić anđela milošević nikolić bošnjak žarko živko zdravko
        saša siniša uroš miloš voće meso kruh mlijeko šećer čaj čaša šuma žena muž kći kuća kuće
        noć peć pećnica više niže između tuđ mlađi grožđe rođen rođenja rođendan međutim građanin
        događaj đak đavo lozinka korisnik korisničko izbriši promijeni promijenjeno dodaj prijavi
        se unesite izaberite dodatno uspješno točno netočno sljedeći prethodni prošli siječanj
        veljača ožujak ljubljana maribor celje kočevje škofja loka žalec črnomelj škoda šola
        učitelj mož človek življenje žal že še če čas čez več večja količino beograd niš čačak
        šabac užice požarevac plaćanje želim hvala poštovani uključeno računanje šest deset
        osamnaest označeno vrijednosti vrednost polje pogreška greška napišite izbrano označi
        počni dođi izađi sadržaj sadržaja važno važni svježe svježi španjolski švedski njemački
        dozvoljeno određeno određene određen
        oči očisti počisti početak početna počinje uči učenik tečaj bočica ručak večera kočnica
        lučka točka tačka poboljšanja vršac
        """,
    "Romanian": """
        şi să în că la ca nu este sunt fi fost pentru mai dacă după până când atât întreg între
        întrebare înapoi început înainte îţi împreună însă român română românia bucureşti iaşi
        timişoara constanţa braşov piteşti galaţi ploieşti bacău oraş oraşul ţara ţări preţ preţul
        cantitate nume prenume adresă telefon număr dată localitate judeţ factură client mărime
        ştefan ştefania ionuţ răzvan cătălin mădălina mihăiţă ţepeş brâncuşi pătraşcu lupaşcu
        băsescu câmp câmpul acţiune acţiuni informaţii informaţie selectaţi introduceţi utilizator
        parolă parola schimbă şterge adaugă aceasta această acesta autentificare valoare validă
        bună ziua mulţumesc vă rugăm fără mâine pâine lapte brânză cămaşă uşă aşa aţi aveţi
        sâmbătă vineri dimineaţă noapte viaţă soţ soţia copiii băiat fată mamă tată ţigară ţap
        vânzări stradă casă puţin puteţi trebuie ştii greşit aici cărţi două sută zână înţeles
        ţinut limba engleză germană franceză astăzi adăugat adăugare modificată ştearsă salvează
        căutare găsit necesar naţional documente opţiuni mobilă albă neagră roşie verde dulap masă
        sâmburi înălţime lăţime
        oră seară primăvară vară grădină maşină lună săptămână frumoasă nouă zăpadă apă ceapă ouă
        făină cafea sală sărbătoare bucătărie sănătate spital părinţi română maghiară rusă turcă
        chitanţă chitanţa bon fiscal
        piaţa piaţă unirii reţea reţetă documentaţie aplicaţie
        """,
    "Turkish": """
        şehir il ilçe ülke adı adres müşteri fiyat tutar ürün miktar tarih sayı sayısı için değil
        değer çok güzel gün günaydın nasılsınız teşekkür teşekkürler ederim ağaç dağ yağmur doğru
        değişiklik değiştir değiştirme kullanıcı şifre parola sil ekle kayıt seçin seçim lütfen
        geçerli geçersiz yanlış alan alanı boş aynı büyük küçük yeni eski önceki sonraki sonuç
        başlık açıklama şube istanbul izmir ankara bursa iğdır ığdır diyarbakır eskişehir
        şanlıurfa kırşehir muğla niğde çanakkale çankırı çorum kütahya gümüşhane adıyaman ağrı
        üsküdar kadıköy şişli beşiktaş konak ayşe yılmaz çağrı öztürk şahin yıldız yıldırım aydın
        özdemir arslan doğan kılıç çelik koç mehmet mustafa hüseyin gökhan uğur oğuz çiğdem gülşen
        ışık şükrü ömer özlem ülkü ibrahim ismail ismet inönü ilker irem iş işçi ikinci ilk istek
        iletişim içinde isim imza indirim insan büyükşehir belediyesi belediye mahallesi sokağı
        caddesi türkiye türkçe türk çalış çalışma kış kız kırmızı sarı yeşil ışıl ılık ırmak hâlâ
        kâğıt kâr rüzgâr yıl ayı ağustos şubat kasım eylül salı perşembe çarşamba cumartesi döviz
        ödeme öğrenci öğretmen okul süt ekmek şeker çay bugün hava dışarı çıkalım mı mu mü mısınız
        olduğu olduğunu gereken girin giriş çıkış eğer diğer karşı dolayı şu şey şirket şarkı köşe
        düşük geniş alış satış üzerinde bütün işaret işareti işaretle ileti iletiler izin izinler
        hiçbiri arapça ingilizce almanca fransızca hata hatası sunucu
        müdür müdürü müdürlüğü güvenliği sağlık sağlığı bölge bölümü görevi öğle eğitim bilgi
        bağlı
        """,
    "Lithuanian": """
        ačiū labai prašome taip ne kaip yra buvo bus gali turi jūs jūsų mūsų žmogus žmonės šalis
        vardas pavardė miestas kaina kiekis prekė prekės suma adresas telefonas įmonė įmonės kodas
        šiauliai vilnius kaunas klaipėda panevėžys marijampolė mažeikiai jonava utena kėdainiai
        telšiai jonas petras kazlauskas kazlauskienė jankauskas žukauskas stankevičius paulauskas
        žemaitis rūta aušra eglė žydrė ąžuolas šarūnas jūratė mindaugas gražina čiurlionis sūris
        duona pienas sviestas kiaušiniai mėsa žuvis žuvys obuolys šokoladas būti būtų galėtų
        turėtų šis ši šio šią pirmą antrą ketvirtą įveskite įvesti įrašas įrašai pasirinkite
        pakeisti pakeitimai ištrinti slaptažodis naudotojas vartotojas reikšmė reikšmės mažiau
        daugiau didžiausias laukas būtinas tačiau kuriuos šiuo metu jį ją jų šių tų visų dienų
        metų eurų centų apmokėti sąskaita sąrašas sąlygos ąsotis žąsis kąsnis šąla įsipareigoti
        pratęsti tęsti vėl dėl todėl nėra gėlė kėdė kūnas būklė žodis ženklas ežeras ežere
        šeštadienis trečiadienis mėnuo rugsėjis gegužė birželis vaikų knygų darbų namų žodžių
        skaičių dokumentų prekių klientų ženklų miestų dalių laiškų išlaidos iš išeiti užsakymas
        užsakymo užduotis kažkas žinoma nežinau žinios žmonių prieš anksčiau šventė pašto paštas
        aukštas mažas gražus diržas biržai darželis priežastis leidžiama draudžiama būdas lietuvių
        rusų anglų vokiečių prancūzų lenkų
        kroatų turkų vokiečių mongolų autorių studentų gatvių žemės ūkio birželio lapkričio
        uždaryti užduočių nežinomas
        žalgiris žalias žemė žiema žmona
        """,
    "Latvian": """
        paldies lūdzu jūsu jūs mūsu ziņai ziņa ir bija būs nav var kā arī lai vai pēc pēdējais šis
        šī vārds uzvārds pilsēta cena daudzums preces prece summa adrese tālrunis uzņēmums kods
        skaits rīga jelgava liepāja daugavpils jūrmala ventspils rēzekne valmiera ogre cēsis
        kuldīga sigulda jānis bērziņš kalniņš ozoliņš liepiņa krūmiņš zariņš pēteris kārlis
        mārtiņš guntārs ilze līga inguna zaiga ēriks ādams ģirts ģertrūde ķekava ķīpsala ļoti
        ļaudis ceļš ceļu zeme šodien šeit šokolāde maize piens siers gaļa zivis āboli kūka žurnāls
        žēl nē tā tālāk vairāk mazāk lielāks nākamais iepriekšējais lietotājs lietotāja parole
        ievadiet ievadīt izvēlieties mainīt dzēst dzēsts pievienot saglabāt vērtība vērtību lauks
        obligāts pareizu nepareiza jābūt jāievada latvija latviešu valoda mēnesis gads dienā
        stundā rīt vakarā maijā jūnijs jūlijs decembrī rēķins kopā samaksāt pārdošana pārskats
        grāmata skola bērns bērni māte tēvs brālis māsa ēka ēst āra iespējams nedēļa meklēt kļūda
        kļūdas atļauja īpašs īss šādu ķēde ņemt viņš viņa cilvēki darbība darbības tiesības
        īpašības iespēja atlasīt nosūtīt nosūtīts saņemt rakstīt lasīt mācīties zināt nezinu
        zināms vācu krievu angļu franču igauņu lietuviešu sākums sākt beigās datne datnes jaunākā
        pirmā otrā lielā mazā pieejams lietojumā izvēlne skatīt atcelt apstiprināt sīkāk līdz bez
        būtu mašīna zāle dārzs zīme brīvība nauda eiro sestdiena svētdiena mūzika kādam tādi seši
        pieci septiņi astoņi deviņi
        """,
    "Estonian": """
        täna väga ilus ilm õhtul lähme jõe äärde õun õpetaja õpilane õige õigus õhk sõna sõber
        kõik kõige mõni mõned võib võivad võtta põhja tõde nõu mõis jõgi nimi linn hind kogus
        summa aadress telefon kuupäev tallinn tartu pärnu võru põlva jõhvi jõgeva kärdla märt jüri
        tõnu tõnis ülle ülo ülemiste öö töö tööpäev töötaja üks üle üldine küsimus küla müük
        hüvasti püha süsteem šokolaad žanr tšehhi täpne pärast väärtus väärtused vähem väike
        kasutaja parool sisestage palun valige muuda lisa kustuta kustutatud määratud päev päeva
        jäär kohustuslik peab olema väli külm hästi kõrge lõpp lõuna võti mõte rõõm söök köök
        tähtaeg müüa järgmine ühtegi
        """,
    "Vietnamese": """
        và là của có không một cho được các này trong với tôi người những đã sẽ đang rất cũng về
        từ đến tiếng việt nam họ tên địa chỉ số điện thoại ngày tháng năm thành phố hà nội hồ chí
        minh đà nẵng huế cần thơ hải phòng nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ
        ngô dương lý văn thị hùng dũng tuấn hương lan hạnh phương thảo giá tiền đơn hóa gửi hôm
        thứ ba hai tư bảy cảm ơn quý khách kính chào xin lỗi dấu chữ đất nước nhà cửa sách trường
        học sinh viên thầy cô giáo bạn bè gia đình mẹ bố anh chị em ông bà mật khẩu dùng tài khoản
        đăng nhập thoát thay đổi xóa thêm sửa lưu chọn trị hợp lệ trang đầu cuối tiếp trước sau
        tất cả ít nhất nhiều hơn nhỏ lớn mới cũ phải bao gồm lượng sản phẩm mặt hàng tổng cộng
        công ty thuế chi tiết bánh mì sữa cà phê thịt cá rau ngọt bắt buộc hãy vui lòng triệu tỷ
        nghìn trăm trạng thái siêu quyền sáu chủ nhật ý kiến đóng mở đúng sai
        đồng nai tháp bình định đắk lắk đông tây bắc
        """,
}
