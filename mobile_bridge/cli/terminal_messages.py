"""What the terminal says, in English and Korean.

Pure. What a command leaves with stands in exit_codes.py.
"""

from collections.abc import Mapping
from typing import Final

KOREAN: Final = {
    "Certificate password: ": "인증서 비밀번호: ",
    "Paste the link: ": "링크를 붙여 넣으세요: ",
    "Number on the other device (12 digits): ": "다른 기기에 나온 연결 번호 12자리: ",
    "Check code on the receiving device (6 digits): ": (
        "받는 기기에 나온 확인 번호 6자리: "
    ),
    "Receive it? (yes/no): ": "받을까요? (예/아니요): ",
    "Go on? (yes/no): ": "계속할까요? (예/아니요): ",
    "Scan this code with the other device's camera, or open the link there:": (
        "다른 기기의 카메라로 이 코드를 비추거나, 그 기기에서 링크를 여세요."
    ),
    "The window is too small for the QR code; use the link.": (
        "창이 작아서 QR 코드를 그릴 수 없어요. 링크를 쓰세요."
    ),
    "No terminal to draw a QR code in: the link is printed instead.": (
        "QR 코드를 그릴 터미널이 없어서 링크를 출력했어요."
    ),
    "This terminal cannot draw the QR code: use the number.": (
        "이 터미널에는 QR 코드를 그릴 수 없어서 연결 번호를 써요."
    ),
    "The window is too small for the QR code: use the number.": (
        "창이 작아서 QR 코드를 그릴 수 없어요. 연결 번호를 써요."
    ),
    "Type this number on the other device:": "다른 기기에 이 연결 번호를 입력하세요.",
    "It holds for {seconds} seconds. Ctrl-C ends it.": (
        "{seconds}초 동안 쓸 수 있어요. 그만두려면 Ctrl-C를 누르세요."
    ),
    "You are sending your key to {device}, on your network.": (
        "내 열쇠를 {device}에 보내요. 같은 네트워크에 있어요."
    ),
    "You are sending your key to {device}, not on your network.": (
        "내 열쇠를 {device}에 보내요. 같은 네트워크에 있지 않아요."
    ),
    "Connected to {device}, on your network.": (
        "{device}에 연결했어요. 같은 네트워크에 있어요."
    ),
    "Connected to {device}, not on your network.": (
        "{device}에 연결했어요. 같은 네트워크에 있지 않아요."
    ),
    "a phone": "휴대폰",
    "a tablet": "태블릿",
    "a computer": "컴퓨터",
    "an unknown device": "알 수 없는 기기",
    "Check code. Type it on the sending device:": (
        "확인 번호예요. 보내는 기기에 입력하세요."
    ),
    "That is not the code. Tries left: {tries}.": (
        "확인 번호가 달라요. {tries}번 더 해 볼 수 있어요."
    ),
    "The code is right.": "확인 번호가 맞아요.",
    "Offered. Waiting for a yes on the other device.": (
        "무엇을 보내는지 알렸어요. 다른 기기에서 받기를 기다려요."
    ),
    "Accepted. Sending.": "받겠다고 했어요. 보내는 중이에요.",
    "Sent. Waiting for the receipt.": "보냈어요. 받았다는 확인을 기다려요.",
    "What is coming:": "들어오는 인증서:",
    "  whose       {name}": "  이름        {name}",
    "  number      {number}": "  번호        {number}",
    "  valid from  {since}": "  시작        {since}",
    "  issued by   {issuer}": "  발급한 곳   {issuer}",
    "  valid until {until}": "  끝나는 날   {until}",
    "  serial      {serial}": "  일련번호    {serial}",
    "What is to be sent:": "보낼 인증서:",
    "  state       the centre says that it is usable": (
        "  상태        인증센터에 따르면 쓸 수 있어요"
    ),
    "  state       suspended: nobody accepts it until it is resumed": (
        "  상태        잠시 멈춤: 다시 사용하기 전에는 받아 주지 않아요"
    ),
    "  state       revoked for good: nobody accepts it any more": (
        "  상태        영구 폐기됨: 더는 받아 주지 않아요"
    ),
    "  state       expired: its last day is over": (
        "  상태        만료됨: 마지막 날이 지났어요"
    ),
    "  state       this centre does not know it, and cannot say": (
        "  상태        이 인증센터가 모르는 인증서라 알 수 없어요"
    ),
    "  state       could not be checked: the centre did not say": (
        "  상태        확인하지 못함: 인증센터가 알려 주지 않았어요"
    ),
    "The clock of this computer is wrong: it says {device}, and it is {centre}.": (
        "이 컴퓨터의 시계가 맞지 않아요. 시계는 {device}인데 실제로는 {centre}이에요."
    ),
    "The other device will delete its own afterwards.": (
        "받고 나면 보내는 기기에서는 지워져요."
    ),
    "Receiving.": "받는 중이에요.",
    "Writing it down.": "저장하는 중이에요.",
    "The other device is gone. Waiting for it.": (
        "다른 기기가 사라졌어요. 기다리는 중이에요."
    ),
    "The other device shows something else, or its screen is off.": (
        "다른 기기에 다른 화면이 떠 있거나 화면이 꺼져 있어요."
    ),
    "The other device is there again.": "다른 기기가 돌아왔어요.",
    "The digits are right. The password is being typed there.": (
        "맞아요. 저쪽에서 비밀번호를 치고 있어요."
    ),
    'The digits are right. Press "Send" there.': (
        '맞아요. 저쪽에서 "보내기"를 누르세요.'
    ),
    "Connection lost, trying again.": "연결이 끊겼어요. 다시 시도하는 중이에요.",
    "The connection is back.": "다시 연결됐어요.",
    "The other device has stored it.": "다른 기기에 저장됐어요.",
    "It is here: {folder}": "여기에 저장했어요: {folder}",
    "The same is here already: {folder}": "같은 것이 이미 있어요: {folder}",
    "The other device may not know that yet, and then keeps its own.": (
        "보내는 기기는 아직 모를 수 있어요. 그러면 그 기기의 것은 그대로 있어요."
    ),
    "After the other device has stored it, these files are deleted here:": (
        "다른 기기에 저장되고 나면 이 컴퓨터에서 다음 파일을 지워요."
    ),
    "Deleted here.": "이 컴퓨터에서는 지웠어요.",
    "Could not be deleted here: {path}": "이 컴퓨터에서 지우지 못했어요: {path}",
    "Your certificate is where it was.": "내 인증서는 그대로 있어요.",
    "Nothing was kept here.": "이 컴퓨터에는 아무것도 저장하지 않았어요.",
    "Usage: ": "쓰는 법: ",
    "Examples": "예",
    "Options": "선택 항목",
    "Show this message and exit.": "이 도움말을 보여 주고 끝내요.",
    "Send a certificate with its key to another device.": (
        "인증서와 열쇠를 다른 기기로 보내요."
    ),
    (
        "FOLDER holds signCert.der and signPri.key; FILE is one of these, or a .p12 "
        "file."
    ): (
        "FOLDER는 signCert.der와 signPri.key가 있는 폴더예요. FILE은 그 가운데 한 "
        "파일이나 .p12 파일이에요."
    ),
    "Receive a certificate with its key from another device.": (
        "다른 기기에서 인증서와 열쇠를 받아요."
    ),
    "Where a folder for the certificate is made; else the one you are in.": (
        "인증서 폴더를 만들 곳이에요. 없으면 지금 있는 폴더예요."
    ),
    "Delete the files here after the receipt (folder).": (
        "받았다는 확인이 오면 여기 파일을 지워요(폴더만)."
    ),
    "The centre whose relay carries it; else CERTFERRY_CENTRE.": (
        "이어 줄 인증센터 주소예요. 없으면 CERTFERRY_CENTRE를 써요."
    ),
    "A demo's root certificate (PEM) for TLS; else CERTFERRY_CA.": (
        "체험용 인증센터의 TLS 루트 인증서(PEM)예요. 없으면 CERTFERRY_CA를 써요."
    ),
    "Show twelve digits to type, in place of a QR code.": (
        "QR 코드 대신 입력할 숫자 12자리를 보여 줘요."
    ),
    "Join by a link. It is asked for, or in CERTFERRY_LINK.": (
        "링크로 연결해요. 물어보거나 CERTFERRY_LINK에서 읽어요."
    ),
    "Join by a number. It is asked for, or in CERTFERRY_NUMBER.": (
        "연결 번호로 연결해요. 물어보거나 CERTFERRY_NUMBER에서 읽어요."
    ),
    "Do not ask yes or no.": "예/아니요를 묻지 않아요.",
    "One JSON object a state.": "단계마다 JSON 객체 하나를 출력해요.",
    "It was sent, but no receipt came: the other device may have it. Look there.": (
        "보냈지만 받았다는 확인이 오지 않았어요. 다른 기기에 있는지 살펴보세요."
    ),
}

# What happened, why, what now: by the code of a refusal or the reason of an end.
WHY: Final = {
    "wrong_code": (
        "Three wrong codes: the pairing is over. Start again for a fresh one.",
        "확인 번호가 세 번 달라서 끝났어요. 처음부터 다시 하세요.",
    ),
    "declined": ("It was declined.", "받지 않기로 했어요."),
    "cancelled": ("It was cancelled.", "취소했어요."),
    "crowded": (
        "A third device joined, so it was ended. Start again for a fresh code.",
        "다른 기기가 끼어들어서 끝냈어요. 처음부터 다시 하세요.",
    ),
    "expired": (
        "The time was over. Start again for a fresh code.",
        "시간이 지났어요. 처음부터 다시 하세요.",
    ),
    "refused": (
        "The other device ended it. Its screen says why.",
        "다른 기기가 끝냈어요. 그 기기의 화면에 까닭이 나와 있어요.",
    ),
    "protocol_failed": (
        "The two devices could not make sure of each other. Start again.",
        "두 기기가 서로를 확인하지 못했어요. 처음부터 다시 하세요.",
    ),
    "not_available": (
        "There is no such pairing: it is over, used, or was never there.",
        "그런 연결이 없어요. 끝났거나, 이미 썼거나, 처음부터 없었어요.",
    ),
    "too_many": (
        "There were too many attempts. Wait a minute, then start again.",
        "시도가 너무 많았어요. 1분 뒤에 다시 하세요.",
    ),
    "offline": (
        "The centre cannot be reached. Check the address and the network.",
        "인증센터에 연결할 수 없어요. 주소와 네트워크를 확인하세요.",
    ),
    "unavailable": (
        "The centre cannot do this just now. Try again in a minute.",
        "인증센터가 지금은 할 수 없어요. 1분 뒤에 다시 하세요.",
    ),
    "untrusted": (
        "The centre's TLS certificate is not trusted. A demo's root goes with --ca.",
        "인증센터의 TLS 인증서를 믿을 수 없어요. 체험용 루트는 --ca로 알려 주세요.",
    ),
    "unexpected_answer": (
        "This address does not answer like a centre. Check the address.",
        "이 주소는 인증센터처럼 답하지 않아요. 주소를 확인하세요.",
    ),
    "bundle_refused": (
        "What came is not what the other device announced. Start again.",
        "알려 온 것과 다른 파일이 왔어요. 처음부터 다시 하세요.",
    ),
    "not_movable": (
        "These files cannot be moved: the key is not encrypted, a file is too large, "
        "or the certificate cannot be read.",
        "옮길 수 없는 파일이에요. 열쇠가 잠겨 있지 않거나, 파일이 너무 크거나, "
        "인증서를 읽을 수 없어요.",
    ),
    "not_kept": (
        "It could not be written. Check the folder and the space on the disk.",
        "저장하지 못했어요. 폴더와 디스크 공간을 확인하세요.",
    ),
    "not_stored_there": (
        "The other device could not store it. Its screen says what is in the way.",
        "다른 기기가 저장하지 못했어요. 그 기기의 화면에 까닭이 나와 있어요.",
    ),
    "other_key_here": (
        "The same certificate is there with other files, which are not overwritten. "
        "Choose another folder with --to.",
        "같은 인증서가 다른 파일로 있어요. 덮어쓰지 않아요. "
        "--to로 다른 폴더를 고르세요.",
    ),
    "no_certificate": (
        "There is no certificate with its key. Name a folder with signCert.der and "
        "signPri.key, or a .p12 file.",
        "인증서와 열쇠가 없어요. signCert.der와 signPri.key가 있는 폴더나 .p12 파일을 "
        "알려 주세요.",
    ),
    "file_unreadable": (
        "The file is not there, or cannot be read.",
        "파일이 없거나 읽을 수 없어요.",
    ),
    "path_too_long": (
        "The path is longer than this system allows. Move the files to a shorter one.",
        "경로가 이 시스템에서 쓸 수 있는 길이를 넘어요. 더 짧은 경로로 옮기세요.",
    ),
    "file_forbidden": (
        "You may not read this file or folder. Change its permissions, or copy it.",
        "이 파일이나 폴더를 읽을 권한이 없어요. 권한을 바꾸거나 복사해서 쓰세요.",
    ),
    "file_too_large": (
        "The file is too large for a certificate or a key. Is it the right one?",
        "인증서나 열쇠라기에는 파일이 너무 커요. 맞는 파일인지 보세요.",
    ),
    "password_encoding": (
        "The password did not come in UTF-8, and does not open the key. Type it here, "
        "or give it in UTF-8.",
        "비밀번호가 UTF-8로 전달되지 않았고, 열쇠도 열리지 않아요. 여기서 입력하거나 "
        "UTF-8로 알려 주세요.",
    ),
    "key_work": (
        "The file asks for more work than an honest one does, so nothing was tried. "
        "Save it again with the program it came from.",
        "파일이 지나치게 많은 계산을 요구해서 열어 보지 않았어요. 파일을 만든 "
        "프로그램에서 다시 저장하세요.",
    ),
    "not_text": (
        "What was typed is not text in this terminal's encoding. Set LANG to UTF-8.",
        "입력한 글자가 이 터미널의 문자 인코딩과 달라요. LANG을 UTF-8로 맞추세요.",
    ),
    "wrong_password": (
        "The password does not open the key.",
        "비밀번호로 열쇠를 열 수 없어요.",
    ),
    "key_unknown": (
        "The key is encrypted in a way that this program cannot open.",
        "이 프로그램이 열 수 없는 방식으로 잠긴 열쇠예요.",
    ),
    "key_mismatch": (
        "The key does not belong to the certificate.",
        "열쇠가 인증서의 것이 아니에요.",
    ),
    "pfx_form": (
        "This is not a PKCS#12 file with an encrypted key that can be read.",
        "잠긴 열쇠를 읽을 수 있는 PKCS#12 파일이 아니에요.",
    ),
    "certificate_revoked": (
        "This certificate was revoked for good. It is of no use anywhere, so it is "
        "not sent. You can delete its files.",
        "영구 폐기된 인증서예요. 어디에서도 쓸 수 없어서 보내지 않아요. "
        "파일을 지워도 돼요.",
    ),
    "certificate_expired": (
        "The last day of this certificate is over, so it is not sent. Get a new one.",
        "마지막 날이 지난 인증서라 보내지 않아요. 새 인증서를 받으세요.",
    ),
    "centre_missing": (
        "Which centre? Give --centre https://HOST or CERTFERRY_CENTRE.",
        "어느 인증센터인가요? --centre https://주소나 CERTFERRY_CENTRE로 알려 주세요.",
    ),
    "centre_unknown": (
        "The centre's address is https://HOST, or http:// on this computer only.",
        "인증센터 주소는 https://로 시작해요. http://는 이 컴퓨터에서만 쓸 수 있어요.",
    ),
    "ca_file": (
        "The file given with --ca is not a root certificate in PEM.",
        "--ca로 알려 준 파일이 PEM 루트 인증서가 아니에요.",
    ),
    "link_unknown": (
        "This is not a link of this centre for moving a certificate.",
        "이 인증센터의 인증서 옮기기 링크가 아니에요.",
    ),
    "link_direction": (
        "This link goes the other way: the other device does the same as this one.",
        "방향이 같은 링크예요. 두 기기 가운데 하나는 보내고 하나는 받아야 해요.",
    ),
    "number_wrong": (
        "This is not a number of a pairing: twelve digits, and one may be mistyped.",
        "연결 번호가 아니에요. 12자리 가운데 잘못 쓴 숫자가 있는지 보세요.",
    ),
    "move_pfx": (
        "Only a folder can be moved. Send the .p12 file without --move.",
        "지우면서 보내기는 폴더만 돼요. .p12 파일은 --move 없이 보내세요.",
    ),
    "nobody_answers": (
        "Nobody answers here: there is nothing more to read from the input.",
        "입력이 끝나서 물어볼 수 없어요.",
    ),
    "move_link": (
        "A symbolic link is not moved: the file it leads to would stay. Name the "
        "folder with the files themselves, or send without --move.",
        "심볼릭 링크는 지우면서 보낼 수 없어요. 링크를 지워도 원래 파일은 남아요. "
        "원래 파일이 있는 폴더를 알려 주거나 --move 없이 보내세요.",
    ),
    "fault": (
        "Something broke in this program.",
        "프로그램에 문제가 생겼어요.",
    ),
}


class Words:
    """One language."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        named = [environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
        language = next((one for one in named if one), "")
        self._is_korean = language.lower().startswith("ko")

    @property
    def language(self) -> str:
        """Which one, "ko" or "en"."""
        return "ko" if self._is_korean else "en"

    def say(self, english: str, **blanks: object) -> str:
        """Return a sentence with its blanks filled."""
        sentence = KOREAN[english] if self._is_korean else english
        return sentence.format(**blanks)

    def why(self, code: str) -> str:
        """Return what a code or a reason means to a person."""
        # Nothing is filled in: how a pairing ended can always be said.
        known = WHY.get(code) or WHY["protocol_failed"]
        return known[self._is_korean]
