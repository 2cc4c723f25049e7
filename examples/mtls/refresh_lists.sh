#!/bin/sh
# refresh_lists.sh CENTRE FOLDER [COMMAND...]
#
# Fetches the revocation lists of a certificate centre (http://pki.example) for nginx's
# ssl_crl. Each has to be signed by its CA, current, and no older than the one before; only
# then FOLDER/lists.pem changes, at once, and COMMAND runs (nginx -s reload). FOLDER holds
# root.pem and issuing.pem, which came on a way that you trust (README.md).
#
# Run it every few minutes. When it fails it says why, exits with 1 and leaves the lists as
# they are: nginx goes on with them, and lets nobody in once they have ended.
set -eu

centre="${1:?the address of the centre is missing}"
folder="${2:?the folder with root.pem and issuing.pem is missing}"
shift 2
new="$(mktemp -d "$folder/.lists-XXXXXX")"
trap 'rm -rf "$new"' EXIT

stop() { echo "refresh_lists.sh: $*. The lists stay as they are." >&2; exit 1; }

number_of() { # a list's number (RFC 5280 5.2.3): 40 hexadecimal digits
  printf '%40s' "$(openssl crl -in "$1" -noout -crlnumber | sed 's/.*=\(0x\)\{0,1\}//')" | tr ' ' 0
}

for ca in issuing root; do
  list="$new/$ca.pem"
  curl -fsS --max-time 30 --max-filesize 100000000 "$centre/pki/$ca.crl" -o "$new/$ca.der" ||
    stop "$centre/pki/$ca.crl cannot be fetched"
  openssl crl -inform DER -in "$new/$ca.der" -out "$list" 2>/dev/null ||
    stop "what came from $centre/pki/$ca.crl is no list"
  # It says "verify OK" or "verify failure", and exits with 0 for both.
  openssl crl -in "$list" -noout -CAfile "$folder/$ca.pem" 2>&1 | grep -qx "verify OK" ||
    stop "the list of the $ca CA is not signed by $folder/$ca.pem"
  end="$(openssl crl -in "$list" -noout -nextupdate | cut -d= -f2)"
  [ "$(date -d "$end" +%s)" -gt "$(date +%s)" ] ||
    stop "the list of the $ca CA ended on $end"
  if [ -e "$folder/$ca.crl.pem" ]; then
    old_number="$(number_of "$folder/$ca.crl.pem")" number="$(number_of "$list")"
    newest="$(printf '%s\n%s\n' "$old_number" "$number" | LC_ALL=C sort | tail -n 1)"
    [ "$newest" = "$number" ] ||
      stop "the list of the $ca CA has a lower number than the one before"
  fi
done

cat "$new/issuing.pem" "$new/root.pem" >"$new/lists.pem"
due="$folder/.command-due" # COMMAND has not succeeded since the lists changed
if cmp -s "$new/lists.pem" "$folder/lists.pem"; then [ -e "$due" ] || exit 0; fi
touch "$due"
chmod 644 "$new"/*.pem
for ca in issuing root; do mv "$new/$ca.pem" "$folder/$ca.crl.pem"; done
mv "$new/lists.pem" "$folder/lists.pem"
[ "$#" = 0 ] || "$@"
rm "$due"
