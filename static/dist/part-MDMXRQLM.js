function n(e){return e.normalize("NFKC").replace(/\D/g,"")}export{n as a};
