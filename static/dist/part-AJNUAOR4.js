import{a,b,c}from"./part-RUL5UO45.js";import"./part-S7Q3T7VE.js";export{b as Journal,a as KEY,c as makeJournal};
