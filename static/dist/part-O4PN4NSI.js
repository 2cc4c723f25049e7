function e(s){let t=s.slice(-8).padStart(8,"0").toUpperCase();return`${t.slice(0,4)}-${t.slice(4)}`}export{e as a};
