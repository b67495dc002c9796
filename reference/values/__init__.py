"""Typed values: conversion, dates, equality."""
