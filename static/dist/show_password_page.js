import{e as i}from"./part-LHD2FM22.js";import"./part-K4SABGCS.js";i();
