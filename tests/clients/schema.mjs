// What the node says of itself in /asyncapi.json, held against what it sends: the parts of JSON Schema that the document uses.

const TYPES = {
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

export class Described {
  constructor(document) {
    this.document = document;
  }

  /** What is wrong with a publication's data by the schema of its kind; nothing where all is right. */
  fault(data) {
    const publication = this.document.components.schemas.Publication.properties.data;
    return this.#fault(publication, data);
  }

  #fault(schema, value) {
    if (schema.$ref) {
      const parts = schema.$ref.slice(2).split('/');
      return this.#fault(parts.reduce((here, part) => here[part], this.document), value);
    }
    if (schema.oneOf) {
      const faults = schema.oneOf.map((choice) => this.#fault(choice, value));
      const fitting = faults.filter((fault) => !fault).length;
      return fitting === 1 ? undefined : `${fitting} of the choices fit: ${faults.filter(Boolean).join('; ')}`;
    }
    if ('const' in schema && schema.const !== value) return `${JSON.stringify(value)} is not ${schema.const}`;
    if (schema.enum && !schema.enum.includes(value)) return `${value} is none of ${schema.enum}`;
    const types = [schema.type ?? []].flat();
    if (types.length && !types.some((type) => TYPES[type](value))) return `${JSON.stringify(value)} is no ${types}`;
    if (TYPES.array(value)) return value.map((entry) => this.#fault(schema.items ?? {}, entry)).find(Boolean);
    if (!TYPES.object(value)) return undefined;
    const missing = (schema.required ?? []).find((name) => !(name in value));
    if (missing) return `${missing} is missing`;
    for (const [name, member] of Object.entries(value)) {
      const known = schema.properties?.[name];
      if (!known && schema.additionalProperties === false) return `${name} is not described`;
      const fault = known && this.#fault(known, member);
      if (fault) return `${name}: ${fault}`;
    }
    return undefined;
  }
}
