// Rejects a file that is too large before it is uploaded; S3 would answer with an error page.
for (const input of document.querySelectorAll("input[data-max-bytes]")) {
  input.addEventListener("change", () => {
    const isTooLarge = [...input.files].some((file) => file.size > Number(input.dataset.maxBytes));
    input.setCustomValidity(isTooLarge ? "The file is too large. Split it into several files." : "");
    input.reportValidity();
  });
}
