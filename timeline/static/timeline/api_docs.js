// Starts Swagger UI. It asks only this site: no validator, no address from the query.
/* global SwaggerUIBundle */
const place = document.getElementById("api");

/** Swagger UI fills in every example; together they find nothing. Here they stand beside the field instead. */
function withoutFilling(description) {
  for (const operations of Object.values(description.paths)) {
    for (const { parameters = [] } of Object.values(operations)) {
      for (const parameter of parameters.filter((one) => !one.required && "example" in one)) {
        parameter.description = `${parameter.description ?? ""} (${[parameter.example].flat().join(", ")})`;
        delete parameter.example;
      }
    }
  }
  return description;
}

fetch(place.dataset.description)
  .then((answer) => answer.json())
  .then((description) => SwaggerUIBundle({
    spec: withoutFilling(description),
    domNode: place,
    deepLinking: true,
    docExpansion: "list",
    validatorUrl: null,
    queryConfigEnabled: false,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    persistAuthorization: false,
  }));
