var e=class extends Error{code="pki"},d=class extends e{code="bad_der"};export{e as a,d as b};
