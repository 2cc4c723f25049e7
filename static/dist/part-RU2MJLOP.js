function t(n){addEventListener("pagehide",({persisted:e})=>{e&&(document.body.hidden=!0)}),addEventListener("pageshow",({persisted:e})=>{e&&(n?location.replace(n):location.reload())})}export{t as a};
