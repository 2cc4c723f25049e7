import{a,b,c,d}from"./part-5HXOZUNP.js";import"./part-XL23ALI6.js";import"./part-SAYILORF.js";import"./part-K4SABGCS.js";export{c as Journal,a as KEY,b as SupersededError,d as makeJournal};
