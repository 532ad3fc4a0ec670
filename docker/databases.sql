-- Each service has a database of its own; their tables come with their migrations.
create database coordinator;
create database orders;
create database inventory;
create database coupon;
create database payment;
