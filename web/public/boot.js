(function () {
  var wanted = null;
  try { wanted = localStorage.getItem('civitas.theme'); } catch (e) { /* storage may be forbidden */ }
  var dark = wanted === 'dark' || (wanted !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
})();
