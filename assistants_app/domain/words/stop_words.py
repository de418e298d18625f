"""Words that say nothing about a text."""

# English words that say nothing about a text, and are not stored.
STOP_WORDS = frozenset(
    """
    a about above after again against all am an and any are as at be because been before being below
    between both but by can did do does doing don down during each few for from further had has have
    having he her here hers herself him himself his how i if in into is it its itself just me more
    most my myself no nor not now of off on once only or other our ours ourselves out over own s
    same she should so some such t than that the their theirs them themselves then there these they
    this those through to too under until up very was we were what when where which while who whom
    why will with you your yours yourself yourselves
    """.split()  # noqa: SIM905 - readable only as running text
)

# The same of other languages, folded. They are stored, since some are English words that say much,
# such as "die" and "war". A question in another language is not searched for by them.
FOREIGN_STOP_WORDS = (
    frozenset(
        """
        aber al als auch auf aus ao aos bei beim ce cela ces cet cette che chez com combien
        comment como con cual cuando cuanto da dal dans das dass de dei del della dem den
        der des di die dies diese dit do donde du durch ein eine einem einen einer el elle
        elles en er es est et ete fur geht gibt han hat hoe hon ich ihr ihre il ils im ist
        ja je jede kann kein la las le les leur lo los mais man mas med meer mein mit muss
        na nach nas ne nicht no non nos nous oder och op ou par pas peut por porque pour
        pourquoi quand quanto que quel quelle quelles quels qui quoi se sein sich sie sind
        som sont su sur sus um un una und uno van vi viel voor vom von vor wann war warum
        was wat wer werden weshalb wenn welche welchem welchen welcher welches wie wieviel
        wird wo woher wodurch woran worden zu zum zur
        """.split()  # noqa: SIM905 - readable only as running text
    )
    - STOP_WORDS
)
ARABIC_STOP_WORDS = frozenset(
    """
    ما ماذا متي كيف اين من كم هل لماذا اي في علي عن الي التي الذي هذا هذه ذلك تلك ان او ثم قد لا لم
    لن كل بعد قبل عند مع هو هي هم كان كانت يكون تكون يجب يوجد التى هناك بين حتي اذا
    """.split()  # noqa: SIM905 - readable only as running text
)
