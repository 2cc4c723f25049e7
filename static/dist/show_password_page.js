import{e as i}from"./part-2NR6VW2D.js";import"./part-K4SABGCS.js";i();
