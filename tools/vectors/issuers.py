"""Names of issuers, as people say them; what comes out is written by hand."""

CASES = {
    "yessignCA Class 3": ("금융결제원(yessign)", "KFTC (yessign)"),
    "yessignCA": ("금융결제원(yessign)", "KFTC (yessign)"),
    "yessign": ("금융결제원(yessign)", "KFTC (yessign)"),
    "signGATE CA5": ("한국정보인증(KICA)", "KICA (signGATE)"),
    "KICA": ("한국정보인증(KICA)", "KICA (signGATE)"),
    "CrossCertCA5": ("한국전자인증(CrossCert)", "CrossCert"),
    "SignKorea CA4": ("코스콤(SignKorea)", "Koscom (SignKorea)"),
    "TradeSignCA4": ("한국무역정보통신(TradeSign)", "KTNET (TradeSign)"),
    "NCASignCA": ("한국전산원(NCASign)", "NCA (NCASign)"),
    "INIPASS CA": ("이니텍(iniPass)", "Initech (iniPass)"),
    "KISA RootCA 4": ("한국인터넷진흥원(KISA)", "KISA"),
    # No name that only begins alike.
    "yessigner CA": ("yessigner CA", "yessigner CA"),
    "yessign <b>CA": ("yessign <b>CA", "yessign <b>CA"),
    "Not yessignCA": ("Not yessignCA", "Not yessignCA"),
    "은하은행 CA": ("은하은행 CA", "은하은행 CA"),
    "constructor": ("constructor", "constructor"),
    "?": ("?", "?"),
    "": ("", ""),
}


def issuers() -> list[dict[str, str]]:
    """Return common names, and what each is called."""
    return [{"name": name, "ko": ko, "en": en} for name, (ko, en) in CASES.items()]
