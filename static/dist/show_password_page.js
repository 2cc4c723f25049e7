import{a as i}from"./part-URJCU5RT.js";import"./part-G7V55JRN.js";import"./part-K4SABGCS.js";i();
