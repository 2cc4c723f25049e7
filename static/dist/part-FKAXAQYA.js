var s={};function a(e){s=e}function n(e,t={}){return(s[e]||e).replace(/%\((\w+)\)s/g,(r,g)=>String(t[g]??""))}export{a,n as b};
