function n(t,c,o){const e=document.createElement("a");e.href=URL.createObjectURL(new Blob([t],{type:c})),e.download=o,e.click(),setTimeout(()=>URL.revokeObjectURL(e.href),6e4)}export{n as s};
