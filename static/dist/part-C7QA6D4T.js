import{a,b,c,d}from"./part-VGTU4DD4.js";import"./part-SAYILORF.js";import"./part-K4SABGCS.js";export{c as Journal,a as KEY,b as SupersededError,d as makeJournal};
